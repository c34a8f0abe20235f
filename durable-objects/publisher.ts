import type { AggregateDescription } from '../shared/core/aggregate.ts'
import { type CloudEvent, cloudEventOf, type PublishedMessage } from '../shared/core/cloud-event.ts'
import type { StoredEvent } from './event-log.ts'

/** Limits of one send to a queue: messages, and bytes with room for the queue's own overhead. */
const MOST_MESSAGES = 100
const MOST_BYTES = 200_000

/** An event of a log as it is read by everyone outside: history, queue, replay. */
export function toCloudEvent(
  aggregate: Pick<AggregateDescription, 'kind' | 'context' | 'errorEvents'>,
  id: string,
  { version, time, type, data, trace }: StoredEvent,
): CloudEvent {
  const category = aggregate.errorEvents?.includes(type) ? 'error' : 'business'
  const { kind, context } = aggregate
  return cloudEventOf({ kind, context, id, version, time, event: { type, data }, category, trace })
}

/** Cuts messages, in their order, into sends that a queue takes. */
export function batches(messages: readonly PublishedMessage[]): PublishedMessage[][] {
  const result: PublishedMessage[][] = []
  let bytes = 0
  for (const message of messages) {
    const size = JSON.stringify(message).length * 2
    const batch = result.at(-1)
    if (!batch || batch.length === MOST_MESSAGES || bytes + size > MOST_BYTES) {
      result.push([message])
      bytes = size
    } else {
      batch.push(message)
      bytes += size
    }
  }
  return result
}
