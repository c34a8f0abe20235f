import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { PublishedEvent } from '../../shared/core/wire/queue-message.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import type { EventSink } from '../../shared/ports/event-sink.ts'
import { bindings, envelope } from '../aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../env.ts'
import { ForwarderObject, type ForwarderOptions } from './object.ts'

/** Gives lives of one forwarder: each a new object on what its storage holds, as after a crash. */
export function forwarderLives(shard: number, sink: EventSink, overrides: Partial<Env> = {}) {
  const environment = bindings(overrides)
  const live = <Result>(
    work: (object: ForwarderObject, state: DurableObjectState) => Result | Promise<Result>,
    options: ForwarderOptions = {},
  ): Promise<Result> =>
    runInDurableObject(env.FORWARDER.getByName(String(shard)), (_, state) =>
      work(new ForwarderObject(state, environment, { open: async () => sink, ...options }), state),
    )
  return { environment, live }
}

/** A product whose log has so many events, as the consumer forwards them, oldest first. */
export async function productOf(sku: string, events: number): Promise<PublishedEvent[]> {
  const stub = env.PRODUCT.getByName(sku)
  const before = (await stub.read({}))?.version ?? 0
  for (let version = before + 1; version <= events; version += 1) {
    const price = { amount: 1_000 + version, currency: 'USD' }
    const command =
      version === 1 ? { type: 'CreateProduct', sku, name: 'Mug', price } : { type: 'ChangePrice', price }
    await stub.execute(envelope(sku, command))
  }
  const log = await stub.published({ after: 0, limit: events })
  return log.map((event, index) => ({
    stream: { kind: 'product', id: sku, version: index + 1, confirmed: 0 },
    event,
  }))
}

/** An event of no log. */
export function unsequencedMessage(id: string): PublishedEvent {
  return {
    event: serialized({
      specversion: '1.0',
      id,
      source: '/petrel/catalog',
      type: 'catalog.ProductViewed',
      subject: 'viewed',
      time: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      dataschema: '/schemas/catalog.ProductViewed.v1.json',
      category: 'business',
      partitionkey: 'viewed',
      correlationid: 'test',
      data: {},
    }),
  }
}

/** The objects of a class, but only some of them answer. */
export function answering<AnyObject extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<AnyObject>,
  answers: (name: string) => boolean,
): DurableObjectNamespace<AnyObject> {
  return new Proxy(namespace, {
    get: (objects) => (name: string) =>
      answers(name)
        ? objects.getByName(name)
        : new Proxy({}, { get: () => () => Promise.reject(new Error('it does not answer')) }),
  })
}

/** The whole numbers from one to another. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
