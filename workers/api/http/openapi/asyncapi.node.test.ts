import { readFileSync } from 'node:fs'
import specification from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cloudEventOf, unsequencedCloudEvent } from '../../../../shared/core/cloud-event.ts'
import { app } from '../../app.ts'
import { eventTypes } from './event-types.ts'

const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })
addFormats.default(ajv)

async function served(origin: string): Promise<object> {
  const env = { ENVIRONMENT: 'development', ...(origin !== '' && { PUBLIC_URL: origin }) }
  const response = await app.request('/asyncapi.json', {}, env)
  expect(response.status).toBe(200)
  expect(response.headers.get('Content-Type')).toBe('application/json')
  return z.looseObject({}).parse(await response.json())
}

const raw = await served('http://localhost:8787')
const document = z
  .looseObject({
    channels: z.record(z.string(), z.looseObject({ messages: z.record(z.string(), z.unknown()) })),
    components: z.looseObject({
      messages: z.record(z.string(), z.looseObject({ payload: z.looseObject({}) })),
      schemas: z.record(z.string(), z.unknown()),
    }),
  })
  .parse(raw)
const types = [...eventTypes.values()]

ajv.addSchema(raw, 'petrel')

/** Whether a message of the document takes an event. */
function takes(type: string, event: object): boolean {
  return ajv.validate(`petrel#/components/messages/${type}/payload`, event)
}

const about = {
  origin: 'http://localhost:8787',
  id: 'ord_01939a2e-0000-7000-8000-000000000001',
  time: '2026-03-01T12:00:00.000Z',
  trace: { correlationId: 'test' },
}

describe('the AsyncAPI document', () => {
  it('is one, by the specification’s own schema', () => {
    const valid = ajv.validate(specification, raw)
    expect(ajv.errors ?? []).toEqual([])
    expect(valid).toBe(true)
    expect(ajv.validate(specification, { ...raw, asyncapi: '2.6.0' })).toBe(false)
    expect(ajv.validate(specification, { ...raw, operations: { publish: { action: 'emit' } } })).toBe(false)
  })

  it('has a message for each type of event, in its one channel', () => {
    expect(Object.keys(document.components.messages)).toEqual([...eventTypes.keys()])
    expect(Object.values(document.channels).map(({ messages }) => Object.keys(messages))).toEqual([
      [...eventTypes.keys()],
    ])
  })

  it('names messages, and tells the context and the category of each', () => {
    expect(document.components.messages['payment.PaymentFailed']).toMatchObject({
      name: 'payment.PaymentFailed',
      title: 'Payment failed',
      contentType: 'application/cloudevents+json',
      tags: [{ name: 'payment' }, { name: 'category:error' }],
    })
    expect(document.components.messages['system.CacheWarmed']).toMatchObject({
      tags: [{ name: 'system' }, { name: 'category:system' }],
    })
  })

  it('refers to nothing that it does not have', () => {
    const references = [...JSON.stringify(raw).matchAll(/"\$ref":"#\/([^"]+)"/g)]
    expect(references.length).toBeGreaterThan(3 * types.length)
    for (const [, path = ''] of references) {
      const found = path
        .split('/')
        .reduce<unknown>((part, name) => z.record(z.string(), z.unknown()).parse(part)[name], raw)
      expect(found, path).toBeDefined()
    }
  })

  it('speaks of the deployment by its PUBLIC_URL, and without one of no server', async () => {
    expect(raw).toMatchObject({ servers: { lake: { host: 'localhost:8787', protocol: 'http' } } })
    const elsewhere = await served('https://shop.example')
    expect(elsewhere).toMatchObject({ servers: { lake: { host: 'shop.example', protocol: 'https' } } })
    expect(JSON.stringify(elsewhere)).not.toContain('localhost')
    expect(await served('http://localhost:8787')).toEqual(raw)
    const nowhere = await served('')
    expect(ajv.validate(specification, nowhere)).toBe(true)
    expect(nowhere).not.toHaveProperty('servers')
  })

  it.each(types.filter(({ logged }) => logged))(
    'takes $type as it is published, and not as another',
    ({ type, context, name, category, version }) => {
      const sample = readFileSync(`contracts/samples/${context}/${name}.v${version}.json`, 'utf8')
      const data: unknown = JSON.parse(sample)
      const event = cloudEventOf({
        ...about,
        stream: `any/${about.id}`,
        context,
        version: 1,
        category,
        event: { type: name, schemaVersion: version, data },
      })
      expect(takes(type, event)).toBe(true)
      expect(takes(type, { ...event, data: null })).toBe(false)
      expect(takes(type, { ...event, category: 'system' })).toBe(false)
      const { sequence, ...unnumbered } = event
      expect(takes(type, unnumbered)).toBe(false)
      expect(takes(types.find((other) => other.type !== type)?.type ?? '', event)).toBe(false)
    },
  )

  it('takes events that belong to no log', () => {
    const event = { ...about, subject: 'catalog', data: { cache: 'catalog', entries: 3 } }
    const warmed = unsequencedCloudEvent({
      ...event,
      context: 'system',
      type: 'CacheWarmed',
      category: 'system',
    })
    expect(takes('system.CacheWarmed', warmed)).toBe(true)
    expect(takes('system.CacheWarmed', { ...warmed, data: { cache: 'prices' } })).toBe(false)
  })
})
