import type { EventSink } from '../../shared/ports/event-sink.ts'
import type { BufferedEvent } from './buffered-event.ts'
import type { StreamBuffers } from './stream-buffers.ts'
import type { UnsequencedEvents } from './unsequenced-events.ts'

/** The largest share of a batch for unsequenced events while streams wait. */
const MAX_UNSEQUENCED_SHARE = 0.5

/**
 * Composes the next batch: unsequenced events, and of each stream that is ready its next events without a gap. In
 * strict order each stream gives one event only, so that none overtakes one that is refused.
 */
export function composeBatch(
  buffers: StreamBuffers,
  unsequenced: UnsequencedEvents,
  limits: EventSink['limits'],
  { strict }: { strict: boolean },
): BufferedEvent[] {
  const batch: BufferedEvent[] = []
  let bytes = 0
  const add = (event: BufferedEvent): boolean => {
    if (batch.length > 0 && (batch.length >= limits.events || bytes + event.bytes > limits.bytes))
      return false
    batch.push(event)
    bytes += event.bytes
    event.buffer?.send(event)
    return true
  }
  const share = buffers.ready.size === 0 ? 1 : MAX_UNSEQUENCED_SHARE
  for (const event of unsequenced.next(Math.ceil(limits.events * share))) if (!add(event)) break
  unsequenced.take(batch.filter(({ rowNumber }) => rowNumber === null).length)
  for (const buffer of buffers.ready) {
    for (const event of buffer.sequence()) {
      if (!add(event)) return batch
      if (strict) break
    }
    // It is queued again, behind the others, when this batch is settled.
    buffers.dequeue(buffer)
  }
  return batch
}
