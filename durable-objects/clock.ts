import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { type Instant, instantOf, millisecondsOf } from '../shared/core/time.ts'
import { anyAggregateStub } from './addressing.ts'
import { type Env, isDevelopment } from './env.ts'

/** How long an isolate trusts the offset that it has read (ms); one isolate alone sees its own change at once. */
const TRUST_OFFSET = 5_000
/** The longest that an advance waits for the consequences of one timer (ms). */
const SETTLE_AT_MOST = 15_000

/** Whether operators may move this deployment's time. Production time is the platform's, always. */
export function isClockAdjustable(env: Pick<Env, 'ENVIRONMENT' | 'CLOCK_MODE'>): boolean {
  return isDevelopment(env) && env.CLOCK_MODE !== 'system'
}

/**
 * The time of the deployment as this isolate knows it. In production it is the platform's clock; in
 * development an operator may have moved it ahead, and every decision and timer follows.
 */
class DeploymentClock {
  #offset = 0
  #readAt = Number.NEGATIVE_INFINITY
  /** Effects under way in this isolate, so that an advance of the clock can wait for what it set off. */
  #running = 0

  /** Unix time in milliseconds. */
  milliseconds(): number {
    return Date.now() + this.#offset
  }

  now(): Instant {
    return instantOf(this.milliseconds())
  }

  /** The platform's time at which the deployment's clock will show an instant (Unix ms). */
  platformTimeOf(instant: Instant): number {
    return millisecondsOf(instant) - this.#offset
  }

  setOffset(milliseconds: number): void {
    this.#offset = milliseconds
    this.#readAt = Date.now()
  }

  /** Reads the offset if it may have changed. To be awaited before the time is used; free in production. */
  async sync(env: Env): Promise<void> {
    if (!isClockAdjustable(env) || Date.now() - this.#readAt < TRUST_OFFSET) return
    this.setOffset(await env.CLOCK.get(env.CLOCK.idFromName('clock')).offset())
  }

  started(): void {
    this.#running += 1
  }

  finished(): void {
    this.#running -= 1
  }

  /** Resolves when nothing runs any more, or after `SETTLE_AT_MOST`. */
  async settled(): Promise<void> {
    const deadline = Date.now() + SETTLE_AT_MOST
    let quiet = 0
    while (quiet < 3 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      quiet = this.#running === 0 ? quiet + 1 : 0
    }
  }
}

/** This isolate's view of the deployment's time. */
export const clock = new DeploymentClock()

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
