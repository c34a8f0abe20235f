import { SECOND } from '../../shared/core/time.ts'
import { clock } from '../sandbox/clock.ts'
import type { Alarm } from './alarm.ts'
import type { FaultLog } from './fault-log.ts'
import type { AnyJournal } from './journal/journal.ts'
import type { Schedule } from './schedule.ts'

/** How long a confirmation may take until cursors are stored without it (ms); an idle object stays in memory for longer. */
const CONFIRMATION_GRACE_MS = 5 * SECOND

/**
 * Stores how far the followers of the log are, and sets the alarm anew, in one commit. Usually a confirmation causes
 * it. Where that is late, cursors are stored without it: the next life would send again what only waits in the queue, and
 * repeat effects that have happened.
 */
export class Upkeep {
  readonly #journal: AnyJournal
  readonly #faults: FaultLog
  readonly #alarm: Alarm
  readonly #schedule: Schedule
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(journal: AnyJournal, faults: FaultLog, alarm: Alarm, schedule: Schedule) {
    this.#journal = journal
    this.#faults = faults
    this.#alarm = alarm
    this.#schedule = schedule
  }

  /** Cursors have moved in memory: they are stored in a while, unless something else stores them first. */
  later(): void {
    if (this.#timer !== null || !this.#journal.hasMoved) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      const { cache, hasMoved } = this.#journal
      if (hasMoved) this.#store(cache.cursors.sent)
    }, CONFIRMATION_GRACE_MS)
  }

  /** The consumer has confirmed events. */
  confirmed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#store(this.#journal.cache.cursors.published)
  }

  /** @param followed if this is the newest version, the alarm that its commit set has nothing left to do */
  #store(followed: number): void {
    void this.#faults.attempt('compaction', () => this.#journal.compact(clock.now()))
    const { cache, hasMoved } = this.#journal
    // What could not be stored is left to the alarm.
    if (followed === cache.version && cache.pending.size === 0 && !hasMoved)
      void this.#alarm.scheduleAt(this.#schedule.nextDue())
  }
}
