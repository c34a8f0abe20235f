import { streamName } from '../../shared/stream-names.ts'
import type { SimulatedObject } from '../platform/objects.ts'
import type { Arrival } from '../world.ts'

/** What is known of an event that the sink has stored. */
interface Stored {
  /** The forwarder that sent it. */
  readonly forwarder: string
  /** Why it may come once more; `null`: nothing explains a repeat. */
  mayRepeat: string | null
  isAnswered: boolean
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

  /** The sink has stored events (JSON texts), sent by a forwarder. */
  stores(texts: readonly string[], forwarder: string): SinkCall {
    const ids: string[] = []
    for (const text of texts) {
      const { id, sequence = null } = JSON.parse(text) as { id: string; sequence?: number }
      ids.push(id)
      const before = this.#stored.get(id)
      const repeatOf = before ? this.#explanation(before) : null
      this.arrivals.push({ text, at: this.#now(), isRepeat: before !== undefined, repeatOf })
      this.#stored.set(id, { forwarder, mayRepeat: null, isAnswered: false, version: sequence })
    }
    return {
      answered: () => {
        for (const id of ids) {
          const stored = this.#stored.get(id)
          if (stored) stored.isAnswered = true
        }
      },
    }
  }

  /** Operators have asked for events once more. */
  sentAgain(): void {
    this.#isReplayed = true
  }

  /** An object has crashed; `durable` is what it will find when it starts again. */
  crashed({ className, name, storage }: SimulatedObject): void {
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
      if (stored.version === null || delivered === undefined || delivered < stored.version)
        stored.mayRepeat = 'the forwarder crashed before its checkpoint'
    }
  }

  #explanation({ mayRepeat, isAnswered, version }: Stored): string | null {
    if (mayRepeat !== null) return mayRepeat
    // It has no version by which a forwarder could know it.
    if (version === null && this.#hasQueueRepeated()) return 'the queue delivered its message again'
    if (!isAnswered) return 'the answer was lost or late'
    return this.#isReplayed ? 'it was replayed' : null
  }
}
