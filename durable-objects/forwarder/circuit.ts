import { SECOND } from '../../shared/core/time.ts'

/** The wait after a first failure (ms); doubled after each further one. */
const FIRST_WAIT = 500
/**
 * The longest wait between two tries (ms). What is owed should leave soon after an outage; and an object
 * that nobody asks for ten seconds may be let go of, with the batch that has to be offered exactly as it was
 * (https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/).
 */
const LONGEST_WAIT = 8 * SECOND

/** Whether the sink answers. After a failure nothing is tried until a moment that moves further each time. */
export class Circuit {
  #failures = 0
  /** When the sink is tried again (Unix ms); `null` while it answers. */
  retryAt: number | null = null
  /** What the sink, or the opening of it, failed with last; it stays after the sink answers again. */
  lastError: { readonly at: number; readonly error: string } | null = null

  isOpen(now: number): boolean {
    return this.retryAt !== null && now < this.retryAt
  }

  /** Another failure. Where a part was taken, the sink lives, and the wait is a short one. */
  failed(error: string, now: number, { partly = false } = {}): void {
    this.#failures = partly ? 1 : this.#failures + 1
    this.lastError = { at: now, error }
    const ceiling = Math.min(FIRST_WAIT * 2 ** (this.#failures - 1), LONGEST_WAIT)
    this.retryAt = now + Math.round(ceiling * (0.5 + Math.random() / 2))
  }

  /** Notes what went wrong beside the sink, such as a log that could not be read. */
  note(error: string, now: number): void {
    this.lastError = { at: now, error }
  }

  succeeded(): void {
    this.#failures = 0
    this.retryAt = null
  }
}
