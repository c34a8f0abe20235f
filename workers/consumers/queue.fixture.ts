import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Env } from '../../durable-objects/env.ts'
import type { ProjectionMessage, Stream } from '../../shared/core/projection.ts'

/** A batch as a queue gives it to its consumer. */
export function batchOf(queue: string, bodies: readonly unknown[], { attempts = 1 } = {}) {
  const timestamp = new Date('2026-03-01T12:00:00.000Z')
  return createMessageBatch(
    queue,
    bodies.map((body, index) => ({ id: `message-${index}`, timestamp, attempts, body })),
  )
}

/** What a queue does with a batch after its consumer: the ids of messages. */
export async function settle(batch: MessageBatch, consume: () => Promise<void>) {
  await consume()
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  return { acknowledged: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) }
}

/** A queue of projections that keeps what it is sent, and can be made to refuse. */
export class RecordingProjections implements Queue<ProjectionMessage> {
  isDown = false
  readonly sent: ProjectionMessage[] = []

  get streams(): Stream[] {
    return this.sent.flatMap((message) => ('stream' in message ? [message.stream] : []))
  }

  /** Hands out what was sent, and forgets it. */
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

/** The bindings, with a queue of projections that this test alone hears. */
export function recordingBindings(): { environment: Env; projections: RecordingProjections } {
  const projections = new RecordingProjections()
  return { environment: { ...env, CLOCK_MODE: 'system', PROJECTIONS: projections }, projections }
}

/** The products, but something happens to what each says of itself, or before it says it. */
export function productsWhoseListing(
  changed: (listing: () => ReturnType<ReturnType<Env['PRODUCT']['get']>['listing']>) => Promise<unknown>,
): Env['PRODUCT'] {
  return new Proxy(env.PRODUCT, {
    get: (products) => (id: string) => ({
      listing: () => changed(() => products.getByName(id).listing()),
    }),
  })
}

/** Runs commands of one product and tells at which version it is then. */
export async function product(sku: string, ...prices: readonly number[]): Promise<number> {
  const stub = env.PRODUCT.getByName(sku)
  const run = (command: unknown) => stub.execute({ id: sku, command, trace: { correlationId: sku } })
  if (!(await stub.read({})))
    await run({ type: 'CreateProduct', sku, name: 'Mug', price: { amount: 1000, currency: 'USD' } })
  for (const amount of prices) await run({ type: 'ChangePrice', price: { amount, currency: 'USD' } })
  return (await stub.read({}))?.version ?? 0
}

/** The row of an aggregate, with its entry as a client would read it; `null` if there is none. */
export async function rowOf(table: string, id: string): Promise<{ version: unknown; item: unknown } | null> {
  const row = await env.DATABASE.prepare(`SELECT version, item FROM ${table} WHERE id = ?`).bind(id).first()
  return row && { version: row.version, item: JSON.parse(String(row.item)) }
}
