import { LATEST, millisecondsOf } from '../../shared/core/time.ts'
import type { Meter } from './meter.ts'

const LATEST_MS = millisecondsOf(LATEST)

/** An object's one alarm, set only when that changes something: every set is a row written. */
export class Alarm {
  readonly #storage: DurableObjectStorage
  readonly #meter: Meter
  /** When it will fire (Unix ms); unknown (`undefined`) where an earlier life has set it. */
  #at: number | null | undefined

  constructor(storage: DurableObjectStorage, meter: Meter) {
    this.#storage = storage
    this.#meter = meter
  }

  /** It has just fired. */
  fired(): void {
    this.#at = null
  }

  /** Sets it to fire at a time (Unix ms) or earlier. Called in the tick of a commit, it commits with it. */
  async scheduleBy(asked: number | null): Promise<void> {
    const due = settable(asked)
    if (due === null || (typeof this.#at === 'number' && this.#at <= due)) return
    await this.#set(due)
  }

  /** Sets it to fire at a time (Unix ms) and not before; `null` removes it. */
  async scheduleAt(asked: number | null): Promise<void> {
    const due = settable(asked)
    if (due === this.#at) return
    if (due !== null) return this.#set(due)
    this.#at = null
    this.#meter.alarmsSet += 1
    await this.#storage.deleteAlarm()
  }

  async #set(due: number): Promise<void> {
    this.#at = due
    this.#meter.alarmsSet += 1
    await this.#storage.setAlarm(due)
  }
}

/** The platform throws on a time outside its range: whatever a log holds, the alarm is set within it. */
function settable(due: number | null): number | null {
  if (due === null) return null
  // NaN is not less than or equal to anything, and becomes the latest time.
  return due <= LATEST_MS ? Math.max(due, 0) : LATEST_MS
}
