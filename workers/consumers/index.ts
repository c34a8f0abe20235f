import type { Env } from '../../durable-objects/env.ts'
import { consumeEvents, keepUndelivered } from './analytics.ts'

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
      return keepUndelivered(batch, env)
    default:
      throw new RangeError(`there is no consumer for the queue ${batch.queue}`)
  }
}
