import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exampleOf } from './example.ts'
import { brokenPromises, type StoredEventType, sampleFile, upcast } from './samples.ts'

/** An event that was called `note`, then `text`, and now has a list beside it. */
const noted: StoredEventType = {
  context: 'stationery',
  name: 'Noted',
  data: z.object({ text: z.string(), marks: z.array(z.string()) }),
  upcasters: [
    (data) => ({ text: z.object({ note: z.string() }).parse(data).note }),
    (data) => ({ ...z.object({ text: z.string() }).parse(data), marks: [] }),
  ],
  without: (data) => data,
}
const samples = [{ note: 'a' }, { text: 'b' }, { text: 'c', marks: ['d'] }]

let top = ''
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'petrel-samples-'))
  mkdirSync(join(top, 'contracts/samples/stationery'), { recursive: true })
  for (const [index, sample] of samples.entries()) keep(index + 1, sample)
})
afterEach(() => rmSync(top, { recursive: true }))

function keep(version: number, data: unknown): void {
  writeFileSync(join(top, sampleFile(noted, version)), JSON.stringify(data))
}

describe('the promise of a stored event', () => {
  it('is kept when every version has a sample that can be read', () => {
    expect(brokenPromises(top, [noted])).toEqual([])
    expect(upcast(noted, 1, samples[0])).toEqual({ text: 'a', marks: [] })
    expect(upcast(noted, 3, samples[2])).toEqual(samples[2])
  })
  it('is broken by a version without a sample', () => {
    rmSync(join(top, sampleFile(noted, 2)))
    expect(brokenPromises(top, [noted])).toEqual([
      'contracts/samples/stationery/Noted.v2.json: missing (npx bun run samples)',
    ])
  })
  it('is broken by a sample of what nobody stores', () => {
    keep(4, samples[2])
    expect(brokenPromises(top, [noted])).toEqual([
      'contracts/samples/stationery/Noted.v4.json: no event type has this version',
    ])
  })
  it('is broken by a sample that no step can read', () => {
    keep(1, { remark: 'a' })
    expect(brokenPromises(top, [noted])).toEqual([expect.stringContaining('Noted.v1.json: cannot be read')])
  })
  it('is broken when a step leads to what today’s schema does not take, or would lose', () => {
    keep(3, { text: 'c' })
    expect(brokenPromises(top, [noted])).toEqual([expect.stringContaining('marks: ')])
    keep(3, { text: 'c', marks: [], colour: 'blue' })
    expect(brokenPromises(top, [noted])).toEqual([
      expect.stringContaining('fields that the schema does not know'),
    ])
  })
  it('is broken when the event cannot be read without what is personal', () => {
    const { text: _, ...rest } = { text: '', marks: [] }
    expect(brokenPromises(top, [{ ...noted, without: () => rest }])).toHaveLength(3)
  })
})

describe('an example', () => {
  it('is made from the schema alone, and the schema takes it', () => {
    const schema = z.object({
      customerId: z.string(),
      at: z.iso.datetime({ precision: 3 }),
      price: z.strictObject({ amount: z.int().min(0), currency: z.string().regex(/^[A-Z]{3}$/) }),
      status: z.discriminatedUnion('is', [
        z.object({ is: z.literal('open'), since: z.string() }),
        z.object({ is: z.literal('closed') }),
      ]),
      lines: z.array(z.object({ sku: z.string(), quantity: z.int().min(2) })).min(1),
      inputs: z.record(z.string(), z.unknown()),
      note: z.string().min(10).optional(),
      nothing: z.null(),
      share: z.number().max(0.5),
      open: z.boolean(),
    })
    const example = exampleOf(schema)
    expect(schema.safeParse(example).error).toBeUndefined()
    expect(example).toMatchObject({
      at: '2026-03-01T12:00:00.000Z',
      price: { amount: 1_999, currency: 'USD' },
      status: { is: 'open' },
      lines: [{ sku: 'MUG', quantity: 2 }],
      note: 'note......',
    })
    expect(exampleOf(schema)).toEqual(example)
  })
})
