import { backoffMs } from '../../shared/core/backoff.ts'
import { SECOND } from '../../shared/core/time.ts'

/**
 * The waits between two tries. What is owed should leave soon after an outage; and an object
 * that nobody asks for ten seconds may be let go of, with the batch that has to be offered exactly as it was
 * (https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/).
 */
const SINK_RETRY = { firstMs: 500, maxMs: 8 * SECOND } as const

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
    this.retryAt = now + backoffMs(SINK_RETRY, this.#failures, Math.random())
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
