import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import type { Env } from '../../durable-objects/env.ts'
import {
  anyCloudEventSchema,
  type CloudEvent,
  cloudEventSchema,
  eventVersion,
} from '../../shared/core/cloud-event.ts'
import { inEarlierForm } from '../../shared/core/wire/earlier-form.fixture.ts'
import type { SingleMessage } from '../../shared/core/wire/earlier-messages.ts'

export const QUEUE = 'petrel-events'
export const UNDELIVERED = 'petrel-events-undelivered'

/** A product with some changes of price; its events are still unpublished. */
export async function createProduct(sku: string, { prices = 0 } = {}) {
  const stub = env.PRODUCT.getByName(sku)
  const run = (command: unknown) => stub.execute({ id: sku, command, trace: { correlationId: sku } })
  await run({ type: 'CreateProduct', sku, name: 'Mug', price: { amount: 1000, currency: 'USD' } })
  for (let change = 1; change <= prices; change += 1)
    await run({ type: 'ChangePrice', price: { amount: 1000 + change, currency: 'USD' } })
  const history = await stub.history({ after: 0, limit: 100 })
  return { stub, events: history.map(eventIn) }
}

/** An event of this release in its text, with its members in their order. */
function eventIn(text: string): CloudEvent {
  const event: CloudEvent = JSON.parse(text)
  expect(cloudEventSchema.parse(event)).toEqual(event)
  return event
}

/** The newest version that is confirmed to the object. */
export function publishedVersion(stub: DurableObjectStub): Promise<unknown> {
  return runInDurableObject(
    stub,
    (_, state) =>
      state.storage.sql
        .exec(`SELECT body ->> '$.cursors.published' AS published FROM log WHERE version = 0`)
        .one().published,
  )
}

/** As the first releases published: in the earlier form, and without a shard. */
export function published(event: CloudEvent): SingleMessage {
  const version = eventVersion(event) ?? 1
  return { stream: { kind: 'product', id: event.subject, version }, event: inEarlierForm(event) }
}

/** The lines in the lake under a prefix, object by object. */
export async function lakeLines(prefix: string): Promise<string[][]> {
  const { objects } = await env.LAKE.list({ prefix })
  return Promise.all(
    objects.map(async ({ key }) => {
      const stored = await env.LAKE.get(key)
      if (!stored) throw new Error(`${key} is listed and cannot be read`)
      const text = await new Response(stored.body.pipeThrough(new DecompressionStream('gzip'))).text()
      return text.trimEnd().split('\n')
    }),
  )
}

/** The ids in the lake under a prefix, object by object. */
export async function lakeIds(prefix: string): Promise<string[][]> {
  const lines = await lakeLines(prefix)
  return lines.map((object) => object.map((line) => anyCloudEventSchema.parse(JSON.parse(line)).id))
}

/** The ids in the lake of one product's events, sorted; the lake also has other tests' products. */
export async function lakeIdsOf(sku: string): Promise<string[]> {
  const ids = (await lakeIds('ingest/')).flat()
  return ids.filter((id) => id.startsWith(`product/${sku}/`)).sort()
}

/** Resolves when an event is in the lake: after an outage a forwarder backs off. */
export async function arrival(id: string): Promise<void> {
  await vi.waitFor(async () => expect((await lakeIds('ingest/')).flat()).toContain(id), { timeout: 4_500 })
}

/** The dead letter under a key. */
export async function deadLetterAt(key: string): Promise<unknown> {
  return (await env.LAKE.get(key))?.json()
}

/** The objects of a class, but every call fails. */
export function failing<AnyObject extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<AnyObject>,
  fault: string,
): DurableObjectNamespace<AnyObject> {
  return new Proxy(namespace, {
    get: () => () => new Proxy({}, { get: () => () => Promise.reject(new Error(fault)) }),
  })
}

/** The bindings, but no forwarder answers. */
export function withoutForwarders(environment: Env = env): Env {
  return { ...environment, FORWARDER: failing(env.FORWARDER, 'the forwarder is down') }
}
