import { z } from 'zod'
import type { Upcaster } from '../../../shared/core/aggregate.ts'
import { traceSchema } from '../../../shared/core/cloud-event.ts'
import { asynchronousEffectSchema, type Timer, timerSchema } from '../../../shared/core/effect.ts'
import { refusalSchema } from '../../../shared/core/refusal.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { Sql } from '../../sql.ts'
import type { Meter } from '../meter.ts'
import {
  type CommandRecord,
  type Cursors,
  commandRow,
  effectRow,
  eventRow,
  type FailedEffect,
  type Snapshot,
  type StoredEvent,
  snapshotRow,
  streamRow,
} from './stored-rows.ts'

/** Layout of the tables below, kept with each stream so that a later release knows what it opens. */
const LAYOUT = 1

/** By event type, the steps to the newest schema version. */
type Upcasters = Partial<Record<string, readonly Upcaster[]>>

/**
 * The SQLite tables of one aggregate. The log is the outbox: events are stored once, and cursors say
 * how far they were reacted to and published. Tables appear with their first row, so that asking for
 * an id that does not exist stores nothing, and a short-lived aggregate pays only for what it uses.
 */
export class EventLog {
  readonly #sql: Sql
  readonly #upcasters: Upcasters
  readonly #tables: Set<string>
  /** Whether the table of timers is one of an earlier release. */
  #timersLackCause: boolean

  constructor(sql: SqlStorage, upcasters: Upcasters, meter: Meter) {
    this.#sql = new Sql(sql, meter)
    this.#upcasters = upcasters
    this.#tables = new Set()
    const tables = this.#sql.all(
      z.object({ name: z.string(), sql: z.string().nullable() }),
      `SELECT name, sql FROM sqlite_master WHERE type = 'table'`,
    )
    for (const { name } of tables) this.#tables.add(name)
    const timers = tables.find(({ name }) => name === 'timers')
    this.#timersLackCause = timers !== undefined && !/\bcause\b/.test(timers.sql ?? '')
  }

  // --- the stream: identity and cursors

  /** The identity of this object, its shard, and its cursors; `null` before the first commit. */
  stream(): { kind: string; id: string; shard: number | null; cursors: Cursors } | null {
    if (!this.#tables.has('stream')) return null
    const [row] = this.#sql.all(streamRow, 'SELECT * FROM stream')
    if (!row) return null
    const { kind, id, sent, published, reacted, resends, resend_at, shard = null } = row
    return { kind, id, shard, cursors: { sent, published, reacted, resends, resendAt: resend_at } }
  }

  /** Records the identity with the first commit; the object's name is not to be had at every wake-up. */
  createStream(kind: string, id: string, shard: number): void {
    this.#table(
      'stream',
      `CREATE TABLE stream (
        kind TEXT NOT NULL, id TEXT NOT NULL, layout INTEGER NOT NULL,
        sent INTEGER NOT NULL, published INTEGER NOT NULL, reacted INTEGER NOT NULL,
        resends INTEGER NOT NULL, resend_at INTEGER, shard INTEGER)`,
    )
    this.#sql.run('INSERT INTO stream VALUES (?, ?, ?, 0, 0, 0, 0, NULL, ?)', kind, id, LAYOUT, shard)
  }

  /** Stores the shard of a stream that an earlier release created without one. */
  saveShard(shard: number): void {
    if (!this.#hasColumn('stream', 'shard')) this.#sql.run('ALTER TABLE stream ADD COLUMN shard INTEGER')
    this.#sql.run('UPDATE stream SET shard = ?', shard)
  }

  saveCursors(cursors: Cursors): void {
    this.#sql.run(
      'UPDATE stream SET sent = ?, published = ?, reacted = ?, resends = ?, resend_at = ?',
      cursors.sent,
      cursors.published,
      cursors.reacted,
      cursors.resends,
      cursors.resendAt,
    )
  }

  // --- events

  append(events: readonly StoredEvent[]): void {
    if (events.length === 0) return
    this.#table(
      'events',
      `CREATE TABLE events (
        version INTEGER PRIMARY KEY, type TEXT NOT NULL, schema INTEGER NOT NULL, time TEXT NOT NULL,
        data TEXT NOT NULL, correlation TEXT NOT NULL, causation TEXT, traceparent TEXT)`,
    )
    for (const { version, type, data, time, trace } of events) {
      this.#sql.run(
        `INSERT INTO events (version, type, schema, time, data, correlation, causation, traceparent)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        version,
        type,
        (this.#upcasters[type]?.length ?? 0) + 1,
        time,
        JSON.stringify(data),
        trace.correlationId,
        trace.causationId ?? null,
        trace.traceparent ?? null,
      )
      if (trace.tracestate !== undefined) this.#keepTracestate(version, trace.tracestate)
    }
  }

  /** Most requests have none: the table gets its column with the first that has, whichever release made it. */
  #keepTracestate(version: number, tracestate: string): void {
    if (!this.#hasColumn('events', 'tracestate'))
      this.#sql.run('ALTER TABLE events ADD COLUMN tracestate TEXT')
    this.#sql.run('UPDATE events SET tracestate = ? WHERE version = ?', tracestate, version)
  }

  /** The newest version; 0 before the first event. */
  version(): number {
    if (!this.#tables.has('events')) return 0
    const [row] = this.#sql.all(
      z.object({ version: z.int().nullable() }),
      'SELECT max(version) AS version FROM events',
    )
    return row?.version ?? 0
  }

  /** At most `limit` events after a version, oldest first, upcast to their newest shape. */
  eventsAfter(version: number, limit: number, upTo: number = Number.MAX_SAFE_INTEGER): StoredEvent[] {
    if (!this.#tables.has('events')) return []
    const rows = this.#sql.all(
      eventRow,
      'SELECT * FROM events WHERE version > ? AND version <= ? ORDER BY version LIMIT ?',
      version,
      upTo,
      limit,
    )
    return rows.map((row) => ({
      version: row.version,
      type: row.type,
      data: this.#upcast(row.type, row.schema, JSON.parse(row.data)),
      time: row.time,
      trace: {
        correlationId: row.correlation,
        ...(row.causation !== null && { causationId: row.causation }),
        ...(row.traceparent !== null && { traceparent: row.traceparent }),
        ...(row.tracestate && { tracestate: row.tracestate }),
      },
    }))
  }

  /** Puts other data, in the newest shape, in the place of an event's own; for erasures alone. */
  rewrite({ version, type, data }: Pick<StoredEvent, 'version' | 'type' | 'data'>): void {
    const schema = (this.#upcasters[type]?.length ?? 0) + 1
    this.#sql.run(
      'UPDATE events SET data = ?, schema = ? WHERE version = ?',
      JSON.stringify(data),
      schema,
      version,
    )
  }

  #upcast(type: string, schema: number, data: unknown): unknown {
    const steps = this.#upcasters[type]?.slice(schema - 1) ?? []
    return steps.reduce((older, step) => step(older), data)
  }

  // --- commands

  command(id: string): CommandRecord | null {
    if (!this.#tables.has('commands')) return null
    const [row] = this.#sql.all(
      commandRow,
      'SELECT fingerprint, first, last, refusal, answered FROM commands WHERE id = ?',
      id,
    )
    if (!row) return null
    return { ...row, refusal: row.refusal === null ? null : refusalSchema.parse(JSON.parse(row.refusal)) }
  }

  recordCommand(id: string, record: CommandRecord, at: Instant): void {
    // Without a rowid the primary key is the table: one row written instead of two.
    this.#table(
      'commands',
      `CREATE TABLE commands (
        id TEXT PRIMARY KEY, fingerprint TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL,
        refusal TEXT, answered INTEGER, at TEXT NOT NULL) WITHOUT ROWID`,
    )
    this.#sql.run(
      'INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      record.fingerprint,
      record.first,
      record.last,
      record.refusal && JSON.stringify(record.refusal),
      record.answered,
      at,
    )
  }

  recordAnswer(id: string, version: number): void {
    this.#sql.run('UPDATE commands SET answered = ? WHERE id = ?', version, id)
  }

  /** Prunes records of commands from before an instant, a bounded number at a time; returns how many. */
  pruneCommandsBefore(instant: Instant): number {
    if (!this.#tables.has('commands')) return 0
    return this.#sql.run(
      'DELETE FROM commands WHERE id IN (SELECT id FROM commands WHERE at < ? LIMIT 500)',
      instant,
    )
  }

  // --- timers

  timers(): Timer[] {
    if (!this.#tables.has('timers')) return []
    const rows = this.#sql.all(
      z.object({ id: z.string(), at: z.string(), command: z.string(), cause: z.string().nullish() }),
      'SELECT * FROM timers',
    )
    return rows.map(({ cause, ...row }) =>
      timerSchema.parse({ ...row, command: JSON.parse(row.command), ...(cause && { cause }) }),
    )
  }

  setTimer(timer: Timer): void {
    this.#table(
      'timers',
      'CREATE TABLE timers (id TEXT PRIMARY KEY, at TEXT NOT NULL, command TEXT NOT NULL, cause TEXT) WITHOUT ROWID',
    )
    if (this.#timersLackCause) this.#sql.run('ALTER TABLE timers ADD COLUMN cause TEXT')
    this.#timersLackCause = false
    this.#sql.run(
      `INSERT INTO timers (id, at, command, cause) VALUES (?, ?, ?, ?) ON CONFLICT (id)
      DO UPDATE SET at = excluded.at, command = excluded.command, cause = excluded.cause`,
      timer.id,
      timer.at,
      JSON.stringify(timer.command),
      timer.cause ?? null,
    )
  }

  removeTimer(id: string): void {
    this.#sql.run('DELETE FROM timers WHERE id = ?', id)
  }

  // --- failed effects

  failedEffects(): FailedEffect[] {
    if (!this.#tables.has('effects')) return []
    return this.#sql.all(effectRow, 'SELECT * FROM effects').map((row) => ({
      id: row.id,
      version: row.version,
      effect: asynchronousEffectSchema.parse(JSON.parse(row.effect)),
      trace: traceSchema.parse(JSON.parse(row.trace)),
      attempts: row.attempts,
      nextAt: row.next_at,
      parked: row.parked === 1,
      reported: row.reported === 1,
      error: row.error,
    }))
  }

  saveFailedEffect(failed: FailedEffect): void {
    this.#table(
      'effects',
      `CREATE TABLE effects (
        id TEXT PRIMARY KEY, version INTEGER NOT NULL, effect TEXT NOT NULL, trace TEXT NOT NULL,
        attempts INTEGER NOT NULL, next_at TEXT NOT NULL, parked INTEGER NOT NULL,
        reported INTEGER NOT NULL, error TEXT NOT NULL) WITHOUT ROWID`,
    )
    this.#sql.run(
      'INSERT OR REPLACE INTO effects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      failed.id,
      failed.version,
      JSON.stringify(failed.effect),
      JSON.stringify(failed.trace),
      failed.attempts,
      failed.nextAt,
      failed.parked ? 1 : 0,
      failed.reported ? 1 : 0,
      failed.error,
    )
  }

  removeFailedEffect(id: string): void {
    this.#sql.run('DELETE FROM effects WHERE id = ?', id)
  }

  // --- snapshot

  snapshot(): Snapshot | null {
    if (!this.#tables.has('snapshot')) return null
    const [row] = this.#sql.all(
      snapshotRow,
      'SELECT version, state_version, state, created_at, updated_at FROM snapshot',
    )
    if (!row) return null
    return {
      version: row.version,
      stateVersion: row.state_version,
      state: row.state,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  }

  saveSnapshot(snapshot: Snapshot): void {
    this.#table(
      'snapshot',
      `CREATE TABLE snapshot (
        one INTEGER PRIMARY KEY, version INTEGER NOT NULL, state_version INTEGER NOT NULL,
        state TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
    )
    this.#sql.run(
      'INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?, ?, ?, ?)',
      snapshot.version,
      snapshot.stateVersion,
      snapshot.state,
      snapshot.createdAt,
      snapshot.updatedAt,
    )
  }

  removeSnapshot(): void {
    if (this.#tables.has('snapshot')) this.#sql.run('DELETE FROM snapshot')
  }

  // --- SQL

  #table(name: string, definition: string): void {
    if (this.#tables.has(name)) return
    this.#sql.run(definition)
    this.#tables.add(name)
  }

  #hasColumn(table: string, column: string): boolean {
    const columns = this.#sql.all(
      z.object({ name: z.string() }),
      'SELECT name FROM pragma_table_info(?)',
      table,
    )
    return columns.some(({ name }) => name === column)
  }
}
