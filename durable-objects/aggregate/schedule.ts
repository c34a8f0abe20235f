import { type Instant, SECOND } from '../../shared/core/time.ts'
import type { Env } from '../env.ts'
import { clock, isClockAdjustable } from '../sandbox/clock.ts'
import type { AnyJournal } from './journal/journal.ts'
import { SAFETY_NET_MS } from './publisher.ts'

/** When the alarm reports a parked effect again (ms). */
const REPORT_RETRY_MS = 5 * SECOND

/** When an aggregate object has work to do: timers, retries, publication. */
export class Schedule {
  readonly #env: Env
  readonly #journal: AnyJournal
  readonly #publisher: { nextDue(): number | null }
  /** The earliest time that is registered with the adjustable clock. */
  #registered: Instant | null = null

  constructor(env: Env, journal: AnyJournal, publisher: { nextDue(): number | null }) {
    this.#env = env
    this.#journal = journal
    this.#publisher = publisher
  }

  /** When something is due next (Unix ms); `null` when nothing is left to do. */
  nextDue(): number | null {
    const { timers, failed, pending } = this.#journal.cache
    const due: number[] = []
    const publication = this.#publisher.nextDue()
    if (publication !== null) due.push(publication)
    // They run already; the alarm starts them again where a crash has stopped them.
    if (pending.size > 0) due.push(Date.now() + SAFETY_NET_MS)
    for (const timer of timers.values()) due.push(clock.platformTimeOf(timer.at))
    for (const effect of failed.values()) {
      // Its next try is running: checked on like any other, so that the alarm does not fire without end.
      if (pending.has(effect.id)) continue
      if (!effect.parked) due.push(clock.platformTimeOf(effect.nextAt))
      else if (!effect.reported) due.push(Date.now() + REPORT_RETRY_MS)
    }
    return due.length === 0 ? null : Math.min(...due)
  }

  /** Registers the next timer or retry with the deployment's adjustable clock, so that an advance fires it. */
  async register(): Promise<void> {
    if (!isClockAdjustable(this.#env)) return
    const { aggregate, cache } = this.#journal
    const times = [...cache.timers.values()].map((timer) => timer.at)
    for (const effect of cache.failed.values()) if (!effect.parked) times.push(effect.nextAt)
    const earliest = times.sort()[0]
    if (cache.id === null || earliest === undefined) return
    if (this.#registered !== null && this.#registered <= earliest) return
    this.#registered = earliest
    await this.#env.CLOCK.getByName('clock').register(aggregate.kind, cache.id, earliest)
  }

  /** The clock has moved, and may have removed what was registered with it. */
  clockMoved(): void {
    this.#registered = null
  }
}
