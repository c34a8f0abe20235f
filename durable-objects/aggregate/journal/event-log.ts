import { z } from 'zod'
import { type AnyAggregate, schemaVersion } from '../../../shared/core/aggregate.ts'
import { type Timer, timerSchema } from '../../../shared/core/effect.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { Sql } from '../../sql.ts'
import type { Meter } from '../meter.ts'
import {
  type CommandRecord,
  type Cursors,
  commandRecordSchema,
  eventRow,
  type FailedEffect,
  failedEffectSchema,
  type StoredEvent,
  snapshotSchema,
  streamRow,
  timerRow,
} from './stored-rows.ts'

/** Layout of the tables below, stored with each stream so that a later release can recognise it. */
const LAYOUT = 1

/** How many events are read at a time, so that a long log is never in memory whole. */
const EVENTS_PER_PAGE = 500

const definitions = {
  stream: `CREATE TABLE stream (
    kind TEXT NOT NULL, id TEXT NOT NULL, layout INTEGER NOT NULL,
    sent INTEGER NOT NULL, published INTEGER NOT NULL, reacted INTEGER NOT NULL,
    resends INTEGER NOT NULL, resend_at INTEGER, shard INTEGER)`,
  events: `CREATE TABLE events (
    version INTEGER PRIMARY KEY, type TEXT NOT NULL, schema INTEGER NOT NULL, time TEXT NOT NULL,
    data TEXT NOT NULL, correlation TEXT NOT NULL, causation TEXT, traceparent TEXT)`,
  // Without a rowid the primary key is the table: one row written instead of two.
  commands: `CREATE TABLE commands (
    id TEXT PRIMARY KEY, fingerprint TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL,
    refusal TEXT, answered INTEGER, at TEXT NOT NULL) WITHOUT ROWID`,
  timers: `CREATE TABLE timers (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, command TEXT NOT NULL, cause TEXT) WITHOUT ROWID`,
  effects: `CREATE TABLE effects (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, effect TEXT NOT NULL, trace TEXT NOT NULL,
    attempts INTEGER NOT NULL, next_at TEXT NOT NULL, parked INTEGER NOT NULL,
    reported INTEGER NOT NULL, error TEXT NOT NULL) WITHOUT ROWID`,
  snapshot: `CREATE TABLE snapshot (
    one INTEGER PRIMARY KEY, version INTEGER NOT NULL, state_version INTEGER NOT NULL,
    state TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
} as const
type Table = keyof typeof definitions

/**
 * The SQLite tables of one aggregate. The log is the outbox: events are stored once, and cursors mark
 * how far they were reacted to and published. A table is created with its first row, so that a read of
 * an id that does not exist stores nothing, and a short-lived aggregate pays only for what it uses.
 */
export class EventLog {
  readonly #sql: Sql
  readonly #aggregate: Pick<AnyAggregate, 'upcasters'>
  /** Tables that exist, and columns (`table.column`) that were added to them. */
  readonly #present: Set<string>

  constructor(sql: SqlStorage, aggregate: Pick<AnyAggregate, 'upcasters'>, meter: Meter) {
    this.#sql = new Sql(sql, meter)
    this.#aggregate = aggregate
    const tables = this.#sql.all(
      z.object({ name: z.string() }),
      `SELECT name FROM sqlite_master WHERE type = 'table'`,
    )
    this.#present = new Set(tables.map(({ name }) => name))
  }

  // --- the stream: identity and cursors

  /** The identity of this object, its shard, and its cursors; `null` before the first commit. */
  stream(): { kind: string; id: string; shard: number | null; cursors: Cursors } | null {
    const [row] = this.#rows('stream', streamRow, 'SELECT * FROM stream')
    if (!row) return null
    const { kind, id, shard = null, resend_at: resendAt, ...cursors } = row
    return { kind, id, shard, cursors: { ...cursors, resendAt } }
  }

  /** Records the identity with the first commit: not every wake-up provides the object's name. */
  createStream(kind: string, id: string, shard: number): void {
    const cursors = { sent: 0, published: 0, reacted: 0, resends: 0, resend_at: null }
    this.#write('INSERT', 'stream', { kind, id, layout: LAYOUT, ...cursors, shard })
  }

  /** Stores the shard of a stream that an earlier release created without one. */
  saveShard(shard: number): void {
    this.#ensureColumn('stream', 'shard', 'INTEGER')
    this.#sql.run('UPDATE stream SET shard = ?', shard)
  }

  saveCursors({ sent, published, reacted, resends, resendAt }: Cursors): void {
    this.#sql.run(
      'UPDATE stream SET sent = ?, published = ?, reacted = ?, resends = ?, resend_at = ?',
      ...[sent, published, reacted, resends, resendAt],
    )
  }

  // --- events

  append(events: readonly StoredEvent[]): void {
    for (const { version, type, data, time, trace } of events) {
      const { correlationId, causationId = null, traceparent = null, tracestate } = trace
      this.#write('INSERT', 'events', {
        version,
        type,
        schema: schemaVersion(this.#aggregate, type),
        time,
        data: JSON.stringify(data),
        correlation: correlationId,
        causation: causationId,
        traceparent,
      })
      if (tracestate === undefined) continue
      // Few requests have one: the first of them adds the column.
      this.#ensureColumn('events', 'tracestate', 'TEXT')
      this.#sql.run('UPDATE events SET tracestate = ? WHERE version = ?', tracestate, version)
    }
  }

  /** At most `limit` events after a version, oldest first, upcast to their newest shape. */
  eventsAfter(version: number, limit: number, upTo: number = Number.MAX_SAFE_INTEGER): StoredEvent[] {
    const query = 'SELECT * FROM events WHERE version > ? AND version <= ? ORDER BY version LIMIT ?'
    return this.#rows('events', eventRow, query, version, upTo, limit).map((row) => ({
      version: row.version,
      type: row.type,
      data: (this.#aggregate.upcasters?.[row.type] ?? [])
        .slice(row.schema - 1)
        .reduce((data, upcast) => upcast(data), row.data),
      time: row.time,
      trace: {
        correlationId: row.correlation,
        ...(row.causation !== null && { causationId: row.causation }),
        ...(row.traceparent !== null && { traceparent: row.traceparent }),
        ...(row.tracestate && { tracestate: row.tracestate }),
      },
    }))
  }

  /** All events after a version, read in pages. */
  *eventsSince(version: number, upTo?: number): Generator<StoredEvent> {
    let last: number | undefined = version
    while (last !== undefined) {
      const page = this.eventsAfter(last, EVENTS_PER_PAGE, upTo)
      yield* page
      last = page.length < EVENTS_PER_PAGE ? undefined : page.at(-1)?.version
    }
  }

  /** Replaces an event's data, in the newest shape; only for erasures. */
  rewrite({ version, type }: StoredEvent, data: unknown): void {
    this.#sql.run(
      'UPDATE events SET data = ?, schema = ? WHERE version = ?',
      ...[JSON.stringify(data), schemaVersion(this.#aggregate, type), version],
    )
  }

  // --- commands

  command(id: string): CommandRecord | null {
    const query = 'SELECT fingerprint, first, last, refusal, answered FROM commands WHERE id = ?'
    return this.#rows('commands', commandRecordSchema, query, id)[0] ?? null
  }

  recordCommand(
    id: string,
    { fingerprint, first, last, refusal }: Omit<CommandRecord, 'answered'>,
    at: Instant,
  ): void {
    const text = refusal && JSON.stringify(refusal)
    this.#write('INSERT', 'commands', { id, fingerprint, first, last, refusal: text, answered: null, at })
  }

  recordAnswer(id: string, version: number): void {
    this.#sql.run('UPDATE commands SET answered = ? WHERE id = ?', version, id)
  }

  /** Prunes records of commands from before an instant, a bounded number at a time; returns how many. */
  pruneCommandsBefore(instant: Instant): number {
    if (!this.#present.has('commands')) return 0
    const old = 'SELECT id FROM commands WHERE at < ? LIMIT 500'
    return this.#sql.run(`DELETE FROM commands WHERE id IN (${old})`, instant)
  }

  // --- timers

  timers(): Timer[] {
    return this.#rows('timers', timerRow, 'SELECT * FROM timers').map(({ cause, ...timer }) =>
      timerSchema.parse({ ...timer, ...(cause && { cause }) }),
    )
  }

  setTimer({ id, at, command, cause }: Timer): void {
    this.#ensureColumn('timers', 'cause', 'TEXT')
    this.#write('REPLACE', 'timers', { id, at, command: JSON.stringify(command), cause: cause ?? null })
  }

  removeTimer(id: string): void {
    this.#sql.run('DELETE FROM timers WHERE id = ?', id)
  }

  // --- failed effects

  failedEffects(): FailedEffect[] {
    return this.#rows('effects', failedEffectSchema, 'SELECT *, next_at AS nextAt FROM effects')
  }

  saveFailedEffect({
    id,
    version,
    effect,
    trace,
    attempts,
    nextAt,
    parked,
    reported,
    error,
  }: FailedEffect): void {
    this.#write('REPLACE', 'effects', {
      ...{ id, version, effect: JSON.stringify(effect), trace: JSON.stringify(trace), attempts },
      ...{ next_at: nextAt, parked: Number(parked), reported: Number(reported), error },
    })
  }

  removeFailedEffect(id: string): void {
    this.#sql.run('DELETE FROM effects WHERE id = ?', id)
  }

  // --- snapshot

  snapshot() {
    const query = `SELECT version, state_version AS stateVersion, state, created_at AS createdAt,
      updated_at AS updatedAt FROM snapshot`
    return this.#rows('snapshot', snapshotSchema, query)[0] ?? null
  }

  saveSnapshot({
    version,
    stateVersion,
    state,
    createdAt,
    updatedAt,
  }: z.output<typeof snapshotSchema>): void {
    const times = { created_at: createdAt, updated_at: updatedAt }
    this.#write('REPLACE', 'snapshot', { one: 1, version, state_version: stateVersion, state, ...times })
  }

  removeSnapshot(): void {
    if (this.#present.has('snapshot')) this.#sql.run('DELETE FROM snapshot')
  }

  // --- SQL

  /** The rows of a query; none while its table does not exist. */
  #rows<Row extends z.ZodType>(table: Table, schema: Row, query: string, ...bindings: SqlStorageValue[]) {
    return this.#present.has(table) ? this.#sql.all(schema, query, ...bindings) : []
  }

  /** Writes a row, into a table that is created with its first one. */
  #write(verb: 'INSERT' | 'REPLACE', table: Table, row: Readonly<Record<string, SqlStorageValue>>): void {
    if (!this.#present.has(table)) this.#sql.run(definitions[table])
    this.#present.add(table)
    this.#sql.write(verb, table, row)
  }

  /** Adds a column that tables of earlier releases lack. */
  #ensureColumn(table: Table, column: string, type: string): void {
    const name = `${table}.${column}`
    if (!this.#present.has(table) || this.#present.has(name)) return
    const query = 'SELECT name FROM pragma_table_info(?) WHERE name = ?'
    if (!this.#sql.first(z.unknown(), query, table, column))
      this.#sql.run(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`)
    this.#present.add(name)
  }
}
