import type { Env } from '../../durable-objects/env.ts'
import { setAside } from './dead-letters.ts'
import { consumeEvents, consumeUndelivered } from './events.ts'
import { consumeProjections } from './projections.ts'

/**
 * Gives a batch to the consumer of its queue.
 *
 * @throws RangeError for a queue that has none: its messages stay where they are
 */
export async function consumeQueue(batch: MessageBatch, env: Env): Promise<void> {
  switch (batch.queue) {
    case 'petrel-events':
      return consumeEvents(batch, env)
    case 'petrel-events-undelivered':
      return consumeUndelivered(batch, env)
    case 'petrel-projections':
      return consumeProjections(batch, env)
    case 'petrel-projections-unprojected':
      // A rebuild brings in what is missing.
      return keepAll(batch, env, 'unprojected', 'no row could be written after all retries')
    default:
      throw new RangeError(`there is no consumer for the queue ${batch.queue}`)
  }
}

/** Keeps what was retried in vain, each message whole, in the lake bucket. */
async function keepAll(batch: MessageBatch, env: Env, folder: 'unprojected', reason: string): Promise<void> {
  await setAside(
    env,
    folder,
    batch.queue,
    batch.messages.map((message) => ({ message, reason })),
  )
}
