import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { type Instant, instantOf, millisecondsOf } from '../shared/core/time.ts'
import { anyAggregateStub } from './addressing.ts'
import { clock } from './clock.ts'
import type { Env } from './env.ts'

const timerRow = z.object({ kind: z.string(), id: z.string(), at: z.string() })

/**
 * Keeps the offset of a development deployment's clock, and which aggregates have timers, so that a
 * jump in time fires what falls due on the way, in order. Survives a restart. Unused in production.
 */
export class ClockObject extends DurableObject<Env> {
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

  /** Notes when an aggregate's earliest timer is due. */
  register(kind: string, id: string, at: Instant): void {
    this.ctx.storage.sql.exec(
      'INSERT INTO timers VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET at = excluded.at',
      kind,
      id,
      at,
    )
  }

  /** Moves the clock ahead, stopping at each due timer until what it sets off has settled. */
  async advance(milliseconds: number): Promise<Instant> {
    clock.setOffset(this.offset())
    const target = clock.milliseconds() + milliseconds
    for (let due = this.#takeDue(target); due; due = this.#takeDue(target)) {
      this.#moveTo(Math.max(clock.milliseconds(), millisecondsOf(due.at)))
      await anyAggregateStub(this.env, due.kind, due.id).wake()
      await clock.settled()
    }
    this.#moveTo(Math.max(clock.milliseconds(), target))
    return clock.now()
  }

  #takeDue(target: number): z.infer<typeof timerRow> | null {
    const [row] = this.ctx.storage.sql
      .exec('SELECT kind, id, at FROM timers WHERE at <= ? ORDER BY at, kind, id LIMIT 1', instantOf(target))
      .toArray()
    if (!row) return null
    const due = timerRow.parse(row)
    this.ctx.storage.sql.exec('DELETE FROM timers WHERE kind = ? AND id = ?', due.kind, due.id)
    return due
  }

  #moveTo(milliseconds: number): void {
    const offset = milliseconds - Date.now()
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO clock VALUES (1, ?)', offset)
    clock.setOffset(offset)
  }
}
