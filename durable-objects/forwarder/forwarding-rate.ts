import { MINUTE, SECOND } from '../../shared/core/time.ts'

/** Deliveries are counted together over so long (ms). */
const BUCKET = 5 * SECOND
const QUARTER_HOUR = 15 * MINUTE
const BUCKETS = QUARTER_HOUR / BUCKET

/** A rate as people read it, to a thousandth. */
export function rounded(rate: number): number {
  return Math.round(rate * 1_000) / 1_000
}

/** How many events were delivered of late, in a ring of buckets. An object that is thrown away begins anew. */
export class ForwardingRate {
  readonly #counts = new Array<number>(BUCKETS).fill(0)
  /** Number of the newest bucket since 1970. */
  #newest = 0

  /** Counts events that were delivered now (Unix ms). */
  add(events: number, now: number): void {
    this.#advance(now)
    const index = this.#newest % BUCKETS
    this.#counts[index] = (this.#counts[index] ?? 0) + events
  }

  /** Events a second, over the last minute and the last quarter of an hour (Unix ms). */
  perSecond(now: number): { minute: number; quarterHour: number } {
    this.#advance(now)
    return { minute: this.#over(MINUTE), quarterHour: this.#over(QUARTER_HOUR) }
  }

  #over(milliseconds: number): number {
    let sum = 0
    for (let back = 0; back < milliseconds / BUCKET; back += 1)
      sum += this.#counts[(this.#newest - back + BUCKETS) % BUCKETS] ?? 0
    return rounded(sum / (milliseconds / SECOND))
  }

  /** Empties the buckets of the time in which nobody looked. */
  #advance(now: number): void {
    const bucket = Math.floor(now / BUCKET)
    const from = Math.max(this.#newest + 1, bucket - BUCKETS + 1)
    for (let passed = from; passed <= bucket; passed += 1) this.#counts[passed % BUCKETS] = 0
    this.#newest = Math.max(this.#newest, bucket)
  }
}
