import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Env } from '../../durable-objects/env.ts'
import type { ProjectionMessage, Stream } from '../../shared/core/projection.ts'

/** A batch as a queue delivers it to its consumer. */
export function batchOf(queue: string, bodies: readonly unknown[], { attempts = 1 } = {}) {
  const timestamp = new Date('2026-03-01T12:00:00.000Z')
  return createMessageBatch(
    queue,
    bodies.map((body, index) => ({ id: `message-${index}`, timestamp, attempts, body })),
  )
}

/** Runs a consumer on a batch; returns the ids of the messages that it acknowledged and retried. */
export async function settle(batch: MessageBatch, consume: () => Promise<void>) {
  await consume()
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  return { acknowledged: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) }
}

/** A queue of projections that records its messages, and can be made to fail. */
export class RecordingProjections implements Queue<ProjectionMessage> {
  isDown = false
  readonly sent: ProjectionMessage[] = []

  get streams(): Stream[] {
    return this.sent.flatMap((message) => ('stream' in message ? [message.stream] : []))
  }

  /** Returns the recorded messages and removes them. */
  take(): ProjectionMessage[] {
    return this.sent.splice(0)
  }

  async metrics() {
    return { backlogCount: 0, backlogBytes: 0 }
  }

  async send(message: ProjectionMessage) {
    return this.sendBatch([{ body: message }])
  }

  async sendBatch(messages: Iterable<MessageSendRequest<ProjectionMessage>>) {
    if (this.isDown) throw new Error('the queue is down')
    this.sent.push(...[...messages].map(({ body }) => body))
    return { metadata: { metrics: await this.metrics() } }
  }
}

/** The bindings, with a private queue of projections. */
export function recordingBindings(): { environment: Env; projections: RecordingProjections } {
  const projections = new RecordingProjections()
  return { environment: { ...env, CLOCK_MODE: 'system', PROJECTIONS: projections }, projections }
}

/** The products, with their `listing()` wrapped. */
export function productsWhoseListing(
  changed: (listing: () => ReturnType<ReturnType<Env['PRODUCT']['get']>['listing']>) => Promise<unknown>,
): Env['PRODUCT'] {
  return new Proxy(env.PRODUCT, {
    get: (products) => (id: string) => ({
      listing: () => changed(() => products.getByName(id).listing()),
    }),
  })
}

/** Creates a product if there is none, changes its price, and returns its version. */
export async function product(sku: string, ...prices: readonly number[]): Promise<number> {
  const stub = env.PRODUCT.getByName(sku)
  const run = (command: unknown) => stub.execute({ id: sku, command, trace: { correlationId: sku } })
  if (!(await stub.read({})))
    await run({ type: 'CreateProduct', sku, name: 'Mug', price: { amount: 1000, currency: 'USD' } })
  for (const amount of prices) await run({ type: 'ChangePrice', price: { amount, currency: 'USD' } })
  return (await stub.read({}))?.version ?? 0
}

/** The row of an aggregate, with its parsed entry; `null` if there is none. */
export async function rowOf(table: string, id: string): Promise<{ version: unknown; item: unknown } | null> {
  const row = await env.DATABASE.prepare(`SELECT version, item FROM ${table} WHERE id = ?`).bind(id).first()
  return row && { version: row.version, item: JSON.parse(String(row.item)) }
}
