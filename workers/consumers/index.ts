import type { Env } from '../../durable-objects/env.ts'
import { storeDeadLetters } from './dead-letters.ts'
import { consumeEvents, consumeUndelivered } from './events.ts'
import { consumeProjections } from './projections.ts'

/**
 * Passes a batch to the consumer of its queue.
 *
 * @throws RangeError for a queue without a consumer: its messages stay in it
 */
export async function consumeQueue(batch: MessageBatch, env: Env): Promise<void> {
  switch (batch.queue) {
    case 'petrel-events':
      return consumeEvents(batch, env)
    case 'petrel-events-undelivered':
      return consumeUndelivered(batch, env)
    case 'petrel-projections':
      return consumeProjections(batch, env)
    case 'petrel-projections-unprojected': {
      // A rebuild writes the missing rows.
      const reason = 'no row could be written after all retries'
      const deadLetters = batch.messages.map((message) => ({ message, reason }))
      return storeDeadLetters(env, 'unprojected', batch.queue, deadLetters)
    }
    default:
      throw new RangeError(`there is no consumer for the queue ${batch.queue}`)
  }
}
