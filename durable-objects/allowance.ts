import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { HOUR, MINUTE, SECOND } from '../shared/core/time.ts'
import { withTimeLimit } from '../shared/ports/time-limit.ts'
import type { Env } from './env.ts'
import type { Allowance, AllowanceRpc, Look } from './rpc.ts'
import { clock } from './sandbox/clock.ts'

/** How long what is looked up may take (ms). */
const REVEAL_TIMEOUT_MS = 10 * SECOND

const countRow = z.object({ uses: z.int() })

/**
 * Counts what one caller does, or what is done about one e-mail address, over the last hour of the
 * deployment's time, so that a limit holds in all isolates and locations alike. Nothing is stored longer.
 */
export class AllowanceObject extends DurableObject<Env> implements AllowanceRpc {
  #hasTable = false
  /** The end of the newest look; looks run one after another. */
  #looks: Promise<unknown> = Promise.resolve()

  /** Counts one use of each purpose, if all of them have one left; otherwise none, and false. */
  async take(allowances: Allowance[]): Promise<boolean> {
    await clock.sync(this.env)
    if (!allowances.every((allowance) => this.#hasLeft(allowance))) return false
    for (const { purpose } of allowances) await this.#count(purpose)
    return true
  }

  /**
   * Looks something up that may be revealed a limited number of times an hour; each `true` counts. Beyond the
   * limit nothing is looked up and the answer is `limited`.
   */
  async look(allowance: Allowance, reveal: () => Promise<boolean>): Promise<Look> {
    const look = this.#looks.then(async (): Promise<Look> => {
      await clock.sync(this.env)
      if (!this.#hasLeft(allowance)) return 'limited'
      // One that is never answered must not hold up all later ones.
      if (!(await withTimeLimit(reveal(), REVEAL_TIMEOUT_MS, 'the look-up'))) return 'nothing'
      await this.#count(allowance.purpose)
      return 'revealed'
    })
    this.#looks = look.catch(() => undefined)
    return look
  }

  #hasLeft({ purpose, max }: Allowance): boolean {
    this.#prune()
    const [row] = this.ctx.storage.sql
      .exec('SELECT count(*) AS uses FROM uses WHERE purpose = ?', purpose)
      .toArray()
    return countRow.parse(row).uses < max
  }

  async #count(purpose: string): Promise<void> {
    this.ctx.storage.sql.exec('INSERT INTO uses VALUES (?, ?)', purpose, clock.milliseconds())
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now() + HOUR + MINUTE)
  }

  #prune(): void {
    const { sql } = this.ctx.storage
    if (!this.#hasTable)
      sql.exec(`
        CREATE TABLE IF NOT EXISTS uses (purpose TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS uses_by_purpose ON uses (purpose);
        CREATE INDEX IF NOT EXISTS uses_by_time ON uses (at);`)
    this.#hasTable = true
    sql.exec('DELETE FROM uses WHERE at <= ?', clock.milliseconds() - HOUR)
  }

  /** Deletes the storage of a caller that has been inactive for an hour. */
  override async alarm(): Promise<void> {
    await clock.sync(this.env)
    this.#prune()
    const [row] = this.ctx.storage.sql.exec('SELECT count(*) AS uses FROM uses').toArray()
    if (countRow.parse(row).uses > 0) return this.ctx.storage.setAlarm(Date.now() + HOUR)
    this.#hasTable = false
    await this.ctx.storage.deleteAll()
  }
}
