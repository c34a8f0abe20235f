import type { EventSink } from '../../shared/ports/event-sink.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import { type Entry, type ForwarderMemory, nextVersion } from './stream-buffer.ts'

/** Of one batch, events of no log make so much at most while aggregates wait. */
const LOOSE_SHARE = 0.5
/** Stored events of no log that are read at once. */
const LOOSE_AT_ONCE = 200

/**
 * Puts together what is sent next: of each aggregate whose next event is in memory, it and those that
 * follow it without a gap; and events of no log, the stored ones first. In strict order each aggregate
 * gives one event only, so that none overtakes one that is refused.
 */
export function composeBatch(
  memory: ForwarderMemory,
  ledger: CheckpointStore,
  limits: EventSink['limits'],
  { strict }: { strict: boolean },
): Entry[] {
  const batch: Entry[] = []
  let bytes = 0
  const take = (entry: Entry): boolean => {
    if (batch.length > 0 && (batch.length >= limits.events || bytes + entry.bytes > limits.bytes))
      return false
    batch.push(entry)
    bytes += entry.bytes
    return true
  }
  const most = memory.ready.size === 0 ? limits.events : Math.ceil(limits.events * LOOSE_SHARE)
  for (const entry of nextLoose(memory, ledger, most)) if (!take(entry)) break
  if (batch[0]?.number === null) memory.takeLoose(batch.length)
  for (const course of memory.ready) {
    let version = nextVersion(course)
    for (;;) {
      const entry = course.events.get(version)
      if (!entry) break
      if (!take(entry)) return batch
      if (strict) break
      do version += 1
      while (course.taken.has(version))
    }
    // It comes back behind the others when this batch is settled.
    memory.ready.delete(course)
  }
  return batch
}

/** What waits in its table came before what waits in memory. */
function nextLoose(memory: ForwarderMemory, ledger: CheckpointStore, most: number): Entry[] {
  if (ledger.loose === 0) return memory.loose.slice(0, most)
  return ledger.looseEvents(Math.min(most, LOOSE_AT_ONCE)).map(({ number, event, bytes }) => ({
    course: null,
    version: 0,
    event,
    bytes,
    filled: false,
    number,
    isAccountedFor: true,
    waiting: [],
  }))
}
