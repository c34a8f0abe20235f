import { MINUTE } from '../../shared/core/time.ts'

/** A write to the register that failed is tried again after so long. */
const RETRY_AFTER_MS = MINUTE

/**
 * Enters a forwarder in the register of forwarders in D1, once per object lifetime and in the background. The
 * register is how all aggregates are found, whatever `FORWARDERS` is today.
 */
export class ForwarderRegister {
  readonly #database: D1Database
  readonly #waitUntil: (work: Promise<unknown>) => void
  /** When it is to be entered (Unix ms). */
  #dueAt = 0

  constructor(database: D1Database, waitUntil: (work: Promise<unknown>) => void) {
    this.#database = database
    this.#waitUntil = waitUntil
  }

  enter(shard: number): void {
    const now = Date.now()
    if (now < this.#dueAt) return
    this.#dueAt = Number.POSITIVE_INFINITY
    const insert = this.#database.prepare('INSERT OR IGNORE INTO forwarders (shard) VALUES (?)').bind(shard)
    this.#waitUntil(
      insert.run().catch(() => {
        this.#dueAt = now + RETRY_AFTER_MS
      }),
    )
  }
}
