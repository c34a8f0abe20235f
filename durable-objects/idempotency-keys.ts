import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { DAY } from '../shared/core/time.ts'
import type { Env } from './env.ts'
import { isSameRequest } from './fingerprints.ts'

/** As long as aggregates remember their commands (ms). */
const REMEMBERED = 2 * DAY
const keyRow = z.object({ fingerprint: z.string() })

/**
 * Which requests one caller's idempotency keys were used for. Most requests need none of this: the key
 * leads to the object that has the answer. But a product is named by its SKU and a promotion by its
 * code, so the same key with another body would meet another object, which knows nothing of it.
 */
export class IdempotencyKeysObject extends DurableObject<Env> {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    state.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS keys (
        key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS keys_by_time ON keys (used_at);`)
  }

  /** True if the key is new, or was used for the same request before. */
  claim(key: string, fingerprint: string): boolean {
    const { sql } = this.ctx.storage
    const now = Date.now()
    sql.exec('DELETE FROM keys WHERE used_at < ?', now - REMEMBERED)
    const [row] = sql.exec('SELECT fingerprint FROM keys WHERE key = ?', key).toArray()
    if (row) return isSameRequest(keyRow.parse(row).fingerprint, fingerprint)
    sql.exec('INSERT INTO keys VALUES (?, ?, ?)', key, fingerprint, now)
    return true
  }
}
