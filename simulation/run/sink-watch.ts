import { type AnyCloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { SimulatedObject } from '../platform/life.ts'
import type { Arrival } from '../world.ts'

/** A forwarder has given up on an answer that took so long (ms): its time limit for a call to a sink. */
const LATE_MS = 10_000

/** What is known of an event that the sink has stored. */
interface Stored {
  /** The forwarder that sent it. */
  readonly forwarder: string
  /** Why it may come once more; `null`: nothing explains a repeat. */
  mayRepeat: string | null
  /** When its answer reached the forwarder (Unix ms); `null` as long as it has not. */
  answeredAt: number | null
  /** When the call that stored it was made (Unix ms). */
  readonly sentAt: number
  /** The version of its aggregate; `null` for an event of no aggregate. */
  readonly version: number | null
}

/** One call that stored events. */
export interface SinkCall {
  /** The answer has reached the forwarder. */
  answered(): void
}

/**
 * Follows what the sink stores. An event may be stored again only where the forwarder could not know that it was stored:
 * the answer was lost, or the forwarder crashed before its checkpoint was durable.
 */
export class SinkWatch {
  readonly arrivals: Arrival[] = []
  readonly #now: () => number
  readonly #hasQueueRepeated: () => boolean
  readonly #stored = new Map<string, Stored>()
  /** Whether events were sent once more on purpose. */
  #isReplayed = false

  /** @param hasQueueRepeated whether a queue has delivered a message more than once */
  constructor(now: () => number, hasQueueRepeated: () => boolean) {
    this.#now = now
    this.#hasQueueRepeated = hasQueueRepeated
  }

  /** The sink has stored events (JSON texts), sent by a forwarder at a time (Unix ms). */
  stores(texts: readonly string[], forwarder: string, sentAt: number): SinkCall {
    const records: Stored[] = []
    for (const text of texts) {
      const { id, version } = eventAt(text)
      const before = this.#stored.get(id)
      const repeatOf = before ? this.#explanation(before, sentAt) : null
      this.arrivals.push({ text, at: this.#now(), isRepeat: before !== undefined, repeatOf })
      const record = { forwarder, mayRepeat: null, answeredAt: null, sentAt, version }
      records.push(record)
      this.#stored.set(id, record)
    }
    return {
      answered: () => {
        for (const record of records) record.answeredAt = this.#now()
      },
    }
  }

  /** Operators have asked for events once more. */
  sentAgain(): void {
    this.#isReplayed = true
  }

  /** An object has crashed; `durable` is what it will find when it starts again. */
  crashed(object: SimulatedObject): void {
    this.#forgets(object, 'the forwarder crashed before its checkpoint', 0)
  }

  /** An object has left memory: what a forwarder knew of versions after one that the sink has not taken is gone. */
  evicted(object: SimulatedObject): void {
    this.#forgets(object, 'the forwarder left memory before the version before it was taken', 1)
  }

  /** Events after the checkpoint, and after so many more versions, may be sent again. */
  #forgets({ className, name, storage }: SimulatedObject, why: string, more: number): void {
    if (className !== 'ForwarderObject') return
    const forwarder = `${className}/${name}`
    const checkpoints = new Map<string, number>()
    try {
      const { rows } = storage.database.run('SELECT kind, id, delivered FROM streams', [])
      for (const [kind, id, delivered] of rows)
        checkpoints.set(streamName(String(kind), String(id)), Number(delivered))
    } catch {
      // It crashed before it had tables.
    }
    for (const [id, stored] of this.#stored) {
      if (stored.forwarder !== forwarder || stored.mayRepeat !== null) continue
      const delivered = checkpoints.get(id.slice(0, id.lastIndexOf('/')))
      if (stored.version === null) {
        if (more === 0) stored.mayRepeat = why
      } else if ((delivered ?? 0) + more < stored.version) stored.mayRepeat = why
    }
  }

  #explanation({ mayRepeat, answeredAt, version, ...first }: Stored, sentAt: number): string | null {
    if (mayRepeat !== null) return mayRepeat
    // It has no version by which a forwarder could know it.
    if (version === null && this.#hasQueueRepeated()) return 'the queue delivered its message again'
    const isLate = answeredAt !== null && answeredAt - first.sentAt >= LATE_MS
    if (answeredAt === null || answeredAt > sentAt || isLate) return 'the answer was lost or late'
    return this.#isReplayed ? 'it was replayed' : null
  }
}

/** The id of an event at the sink, and its version in its log; `null` for an event of no log. */
export function eventAt(text: string): { id: string; version: number | null } {
  const event = JSON.parse(text) as Pick<AnyCloudEvent, 'id' | 'sequence'>
  return { id: event.id, version: eventVersion(event) ?? null }
}
