import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { documentedAggregates } from '../scripts/docs/aggregates.ts'
import { sampleFile, storedEventTypes } from '../scripts/support/samples.ts'
import { checkSchemas } from '../scripts/support/schemas.ts'
import { eventTypesOf } from '../workers/api/http/openapi/event-types.ts'
import { problemCatalogOf } from '../workers/api/http/openapi/problem-catalog.ts'
import type { Aggregate } from './core/aggregate.ts'
import { accept } from './core/refusal.ts'
import { contextsOf, kindsIn, registry } from './registry.ts'
import { streamName, streamNamed } from './stream-names.ts'

const read = (file: string) => readFileSync(file, 'utf8')

describe('each kind of aggregate', () => {
  it.each(Object.entries(registry))('%s stands under its own name', (name, { kind }) => {
    expect(kind).toBe(name)
  })

  it('has an id prefix that no other has', () => {
    const prefixes = Object.values(registry).flatMap(({ idPrefix }) => idPrefix ?? [])
    expect(new Set(prefixes).size).toBe(prefixes.length)
    for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z]{3}$/)
  })

  it.each(Object.keys(registry))('%s has its class and its binding', (kind) => {
    const className = `${kind.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase())}Object`
    expect(read('durable-objects/index.ts')).toContain(
      `class ${className} extends objectOf(registry.${kind}) {}`,
    )
    const configuration = read('wrangler.toml')
    expect(configuration).toContain(`${className} = { type = "durable-object", storage = "sqlite" }`)
    expect(configuration).toContain(`{ name = "${kind.toUpperCase()}", class_name = "${className}" }`)
  })
})

type Rented = { type: 'LockerRented'; data: { hours: number } }

/** A kind that does not exist. */
const locker: Aggregate<{ hours: number }, { type: 'RentLocker'; hours: number }, Rented> = {
  kind: 'parcel_locker',
  context: 'storage',
  idPrefix: 'lck',
  command: z.discriminatedUnion('type', [z.object({ type: z.literal('RentLocker'), hours: z.int() })]),
  event: z.discriminatedUnion('type', [
    z.object({ type: z.literal('LockerRented'), data: z.object({ hours: z.int() }) }),
  ]),
  refusals: {
    locker_taken: { kind: 'conflict', title: 'The locker is rented already.', remedy: 'Rent another one.' },
  },
  state: z.object({ hours: z.int() }),
  stateVersion: 1,
  upcasters: { LockerRented: [(data) => data] },
  errorEvents: ['LockerRented'],
  evolve: (_, { data }) => data,
  decide: ({ hours }) => accept<Rented>({ type: 'LockerRented', data: { hours } }),
  react: () => [],
}

describe('one more line in the registry', () => {
  const kinds = { ...registry, parcel_locker: locker }
  const id = 'lck_01939a2e-0000-7000-8000-000000000001'

  it('is a new context with its kinds', () => {
    expect(contextsOf(registry)).not.toContain('storage')
    expect(contextsOf(kinds)).toContain('storage')
    expect(kindsIn(kinds, 'storage')).toEqual(['parcel_locker'])
  })

  it('names streams', () => {
    expect(streamName('parcel_locker', id, kinds)).toBe(id)
    expect(streamNamed(id, kinds)).toEqual({ kind: 'parcel_locker', id })
    expect(streamNamed('parcel_locker/A-7', kinds)).toEqual({ kind: 'parcel_locker', id: 'A-7' })
    expect(streamNamed(id)).toBeNull()
  })

  it('publishes its types of events, and asks for their schemas and samples', () => {
    const types = eventTypesOf(kinds)
    expect(types.get('storage.LockerRented')).toMatchObject({ version: 2, category: 'error', logged: true })
    expect(checkSchemas(process.cwd(), types.values()).broken.join()).toContain('storage.LockerRented.v1')
    const stored = storedEventTypes(kinds).find(({ context }) => context === 'storage')
    expect(stored && sampleFile(stored, 2)).toBe('contracts/samples/storage/LockerRented.v2.json')
  })

  it('serves its refusals as problems', () => {
    expect(problemCatalogOf(kinds).get('locker_taken')).toMatchObject({ status: 409 })
  })

  it('is documented', () => {
    const documented = documentedAggregates(kinds).find(({ kind }) => kind === 'parcel_locker')
    expect(documented).toMatchObject({ events: ['LockerRented'], commands: ['RentLocker'] })
    expect(documented?.versionOf('LockerRented')).toBe(2)
  })
})
