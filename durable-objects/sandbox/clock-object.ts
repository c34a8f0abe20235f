import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { faultText } from '../../shared/core/text/text.ts'
import { type Instant, instantOf, millisecondsOf, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { streamName } from '../../shared/stream-names.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import type { Advanced, ClockRpc, FailedTimer } from '../rpc.ts'
import { clock } from './clock.ts'

/** How long an aggregate may take to wake (ms). */
const WAKE_TIMEOUT_MS = 30 * SECOND

const timerRow = z.object({ kind: z.string(), id: z.string(), at: z.string() })

/**
 * Stores the offset of a development deployment's clock, and which aggregates have timers, so that an
 * advance fires the timers that fall due, in order. Unused in production.
 */
export class ClockObject extends DurableObject<Env> implements ClockRpc {
  /** Aggregates that have registered a timer since the last one was woken. */
  readonly #registered = new Set<string>()

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    state.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY, offset INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS timers (
        kind TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS timers_by_time ON timers (at);`)
  }

  /** By how many milliseconds the deployment is ahead of the platform's clock. */
  offset(): number {
    const [row] = this.ctx.storage.sql.exec('SELECT offset FROM clock').toArray()
    return z.object({ offset: z.int() }).optional().parse(row)?.offset ?? 0
  }

  /** Records when an aggregate's earliest timer is due. */
  register(kind: string, id: string, at: Instant): void {
    this.#registered.add(streamName(kind, id))
    this.ctx.storage.sql.exec(
      'INSERT INTO timers VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET at = excluded.at',
      kind,
      id,
      at,
    )
  }

  /**
   * Moves the clock ahead, and waits at each due timer until its effects have settled. An aggregate that
   * cannot be woken does not block the others: it is returned as failed, and its timer stays due.
   */
  async advance(milliseconds: number): Promise<Advanced> {
    clock.setOffset(this.offset())
    const target = clock.milliseconds() + milliseconds
    const failed = new Map<string, FailedTimer>()
    for (let due = this.#nextDue(target, failed); due; due = this.#nextDue(target, failed)) {
      const { kind, id, at } = due
      this.#moveTo(Math.max(clock.milliseconds(), millisecondsOf(at)))
      this.#registered.clear()
      try {
        await withTimeLimit(
          anyAggregateStub(this.env, kind, id).wake(),
          WAKE_TIMEOUT_MS,
          `waking ${kind} ${id}`,
        )
        // Not before: a crash would lose it.
        if (!this.#registered.has(streamName(kind, id))) this.#remove(kind, id)
        await clock.settled()
      } catch (thrown) {
        const error = faultText(thrown)
        failed.set(streamName(kind, id), { kind, id, dueAt: at, error })
        console.error(JSON.stringify({ level: 'error', where: 'clock advance', kind, id, fault: error }))
      }
    }
    this.#moveTo(Math.max(clock.milliseconds(), target))
    return { now: clock.now(), failed: [...failed.values()] }
  }

  /** The next timer that is due at a time (Unix ms), without those that have failed. */
  #nextDue(target: number, failed: ReadonlyMap<string, FailedTimer>): z.infer<typeof timerRow> | null {
    const rows = this.ctx.storage.sql
      .exec(
        'SELECT kind, id, at FROM timers WHERE at <= ? ORDER BY at, kind, id LIMIT ?',
        instantOf(target),
        failed.size + 1,
      )
      .toArray()
    return (
      timerRow
        .array()
        .parse(rows)
        .find(({ kind, id }) => !failed.has(streamName(kind, id))) ?? null
    )
  }

  #remove(kind: string, id: string): void {
    this.ctx.storage.sql.exec('DELETE FROM timers WHERE kind = ? AND id = ?', kind, id)
  }

  #moveTo(milliseconds: number): void {
    const offset = milliseconds - Date.now()
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO clock VALUES (1, ?)', offset)
    clock.setOffset(offset)
  }
}
