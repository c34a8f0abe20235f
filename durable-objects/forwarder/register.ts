import type { Stream } from '../../shared/core/projection.ts'
import { MINUTE } from '../../shared/core/time.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'
import { forwarderAt, forwarderCount, shardOf } from './forwarders.ts'

/** The wait after a failed write to the register (ms). */
const RETRY_AFTER_MS = MINUTE

/**
 * Enters a forwarder in the register of forwarders in D1, and today's `FORWARDERS` in the store of forwarder 0: once
 * per object lifetime and in the background. They are how streams are found whose shard is not at hand.
 */
export class ForwarderRegister {
  readonly #env: Env
  readonly #shard: number
  readonly #waitUntil: (work: Promise<unknown>) => void
  /** When it is to be entered (Unix ms). */
  #dueAt = 0
  /** Every `FORWARDERS` so far. It changes only with a deployment, which ends all objects. */
  #counts: Promise<number[]> | null = null

  constructor(env: Env, shard: number, waitUntil: (work: Promise<unknown>) => void) {
    this.#env = env
    this.#shard = shard
    this.#waitUntil = waitUntil
  }

  enter(): void {
    const now = Date.now()
    if (now < this.#dueAt) return
    this.#dueAt = Number.POSITIVE_INFINITY
    const insert = this.#env.DATABASE.prepare('INSERT OR IGNORE INTO forwarders (shard) VALUES (?)')
    this.#waitUntil(
      Promise.all([insert.bind(this.#shard).run(), this.#forwarderCounts()]).catch(() => {
        this.#dueAt = now + RETRY_AFTER_MS
      }),
    )
  }

  /**
   * The newest version of a stream that the forwarders recorded which it had under an earlier `FORWARDERS`; 0 if there
   * is none.
   *
   * @throws Error where one of them does not answer
   */
  async lastSeenVersionElsewhere(stream: Stream): Promise<number> {
    const name = streamName(stream.kind, stream.id)
    const shards = new Set((await this.#forwarderCounts()).map((count) => shardOf(name, count)))
    shards.delete(this.#shard)
    const asked = [...shards].map((shard) => forwarderAt(this.#env, shard).recordedVersion(stream))
    return Math.max(0, ...(await Promise.all(asked)))
  }

  async #forwarderCounts(): Promise<number[]> {
    this.#counts ??= forwarderAt(this.#env, 0).recordCount(forwarderCount(this.#env))
    try {
      return await this.#counts
    } catch (thrown) {
      this.#counts = null
      throw thrown
    }
  }
}
