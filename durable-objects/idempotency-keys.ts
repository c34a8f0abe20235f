import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { DAY } from '../shared/core/time.ts'
import { isSameRequest } from './aggregate/fingerprints.ts'
import type { Env } from './env.ts'
import type { IdempotencyKeysRpc, KeyUse } from './rpc.ts'

/** As long as aggregates retain their records of commands (ms). */
const KEY_RETENTION_MS = 2 * DAY

const keyRow = z.object({ fingerprint: z.string(), created_id: z.string().nullable() })

/**
 * Which requests one caller's idempotency keys were used for. Most requests do not need it: the key leads to
 * the object that has the answer. But a product is named by its SKU and a promotion by its code, so the same
 * key with another body leads to another object, without a record of it. And an id that must not be guessable
 * is not derived from a key: it is random, and stored here beside the key.
 */
export class IdempotencyKeysObject extends DurableObject<Env> implements IdempotencyKeysRpc {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    state.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS keys (
        key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS keys_by_time ON keys (used_at);`)
    // Storage of a release that stored no ids.
    const columns = state.storage.sql.exec("SELECT name FROM pragma_table_info('keys')").toArray()
    if (!columns.some(({ name }) => name === 'created_id'))
      state.storage.sql.exec('ALTER TABLE keys ADD COLUMN created_id TEXT')
  }

  /** Whether the key is new, or was used for the same request before; `null` when it was used for another. */
  claim(key: string, fingerprint: string): KeyUse | null {
    return this.#claim(key, fingerprint, null)?.use ?? null
  }

  /** The id that the first request under this key was given: this one, if it is the first; `null` for another request. */
  claimId(key: string, fingerprint: string, id: string): string | null {
    return this.#claim(key, fingerprint, id)?.created_id ?? null
  }

  #claim(
    key: string,
    fingerprint: string,
    id: string | null,
  ): (z.infer<typeof keyRow> & { readonly use: KeyUse }) | null {
    const { sql } = this.ctx.storage
    const now = Date.now()
    sql.exec('DELETE FROM keys WHERE used_at < ?', now - KEY_RETENTION_MS)
    const [row] = sql.exec('SELECT fingerprint, created_id FROM keys WHERE key = ?', key).toArray()
    if (row) {
      const used = keyRow.parse(row)
      return isSameRequest(used.fingerprint, fingerprint) ? { ...used, use: 'repeated' } : null
    }
    sql.exec(
      'INSERT INTO keys (key, fingerprint, used_at, created_id) VALUES (?, ?, ?, ?)',
      ...[key, fingerprint, now, id],
    )
    return { fingerprint, created_id: id, use: 'first' }
  }
}
