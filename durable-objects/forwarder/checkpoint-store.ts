import { z } from 'zod'
import type { Stream } from '../../shared/core/projection.ts'
import { readSerialized, type SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Meter } from '../aggregate/meter.ts'
import { Sql } from '../sql.ts'
import { backlogOf, type StreamCheckpoint } from './checkpoint.ts'
import type { StoredDeadLetter } from './dead-letters.ts'

const moment = z.int().nullable()
const streamRow = z.object({
  kind: z.string(),
  id: z.string(),
  sink: z.string(),
  delivered: z.int(),
  known: z.int(),
  owed_since: moment,
  due_at: moment,
  tries: z.int(),
  held_at: moment,
})
const unsequencedRow = z.object({ number: z.int(), event: z.string() })
const deadLetterRow = z.object({ event: z.string(), sink: z.string(), key: z.string() })
/** What a forwarder has done since its object was created; stored with each batch. */
const totalsRow = z.object({
  shard: z.int(),
  delivered: z.int(),
  dropped: z.int(),
  filled: z.int(),
  setAside: z.int(),
  /** Unix ms. */
  lastDeliveredAt: moment,
})

/** So many streams are remembered as stored after a page of due ones was read. */
const MAX_STORED_SINCE = 1_000

/**
 * The SQLite tables of one forwarder. `known` grows only with a backlog, so that a batch writes one row for each
 * stream and one for the totals. Sums are kept in memory, so that reading them reads no rows.
 */
export class CheckpointStore {
  readonly #storage: DurableObjectStorage
  readonly #meter: Meter
  readonly #sql: Sql
  totals: Readonly<z.infer<typeof totalsRow>>
  /** Events of streams that the sink does not have yet, and the number of those streams. */
  backlog = { events: 0, streams: 0 }
  /** Streams that wait for a dead letter, in strict order. */
  held = 0
  /** Unsequenced events that wait in their table. */
  unsequenced = 0
  /** Streams that were stored since the last page of due ones was read; `null`: not known. */
  #storedSince: Set<string> | null = null

  /**
   * Without strict order nothing is held: what was held goes on after the dead-lettered version.
   *
   * @param shard the number of this forwarder, if its name says it
   */
  constructor(
    storage: DurableObjectStorage,
    meter: Meter,
    { strict, shard }: { strict: boolean; shard: number | null },
  ) {
    this.#storage = storage
    this.#meter = meter
    this.#sql = new Sql(storage.sql, meter)
    storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS streams (
        kind TEXT NOT NULL, id TEXT NOT NULL, sink TEXT NOT NULL,
        delivered INTEGER NOT NULL, known INTEGER NOT NULL,
        owed_since INTEGER, due_at INTEGER, tries INTEGER NOT NULL, held_at INTEGER,
        handed_over INTEGER NOT NULL,
        PRIMARY KEY (kind, id)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS streams_due ON streams (due_at, kind, id) WHERE due_at IS NOT NULL;
      CREATE INDEX IF NOT EXISTS streams_owed ON streams (owed_since) WHERE owed_since IS NOT NULL;
      CREATE INDEX IF NOT EXISTS streams_held ON streams (held_at) WHERE held_at IS NOT NULL;
      CREATE TABLE IF NOT EXISTS loose (number INTEGER PRIMARY KEY, event TEXT NOT NULL, at INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS set_aside (
        event TEXT PRIMARY KEY, sink TEXT NOT NULL, kind TEXT, id TEXT, version INTEGER,
        key TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS set_aside_by_stream ON set_aside (kind, id, version) WHERE kind IS NOT NULL;
      CREATE TABLE IF NOT EXISTS totals (
        one INTEGER PRIMARY KEY, shard INTEGER NOT NULL, delivered INTEGER NOT NULL, dropped INTEGER NOT NULL,
        filled INTEGER NOT NULL, set_aside INTEGER NOT NULL, last_delivered_at INTEGER);
      CREATE TABLE IF NOT EXISTS counts (count INTEGER PRIMARY KEY);`)
    if (!strict)
      this.#sql.run(
        `UPDATE streams SET delivered = held_at, known = max(known, held_at), held_at = NULL,
          owed_since = CASE WHEN known > held_at THEN coalesce(owed_since, ?1) END,
          due_at = CASE WHEN known > held_at THEN ?1 END
        WHERE held_at IS NOT NULL`,
        Date.now(),
      )
    const backlog = this.#sql.first(
      z.object({ events: z.int(), streams: z.int() }),
      `SELECT coalesce(sum(known - delivered), 0) AS events, count(*) AS streams
      FROM streams WHERE owed_since IS NOT NULL`,
    )
    if (backlog) this.backlog = backlog
    this.held = this.#count('SELECT count(*) AS count FROM streams WHERE held_at IS NOT NULL')
    this.unsequenced = this.#count('SELECT count(*) AS count FROM loose')
    const stored = this.#sql.first(
      totalsRow,
      'SELECT *, set_aside AS setAside, last_delivered_at AS lastDeliveredAt FROM totals',
    )
    const none = { shard: 0, delivered: 0, dropped: 0, filled: 0, setAside: 0, lastDeliveredAt: null }
    this.totals = { ...(stored ?? none), ...(shard !== null && { shard }) }
  }

  /** Runs changes that belong together: all of them are stored, or none. */
  transaction(changes: () => void): void {
    this.#storage.transactionSync(changes)
  }

  /** Counts messages that brought nothing new; stored with the next batch. */
  countDropped(): void {
    this.totals = { ...this.totals, dropped: this.totals.dropped + 1 }
  }

  /** Adds to the totals, and stores them. `now`: Unix ms. */
  count(
    { delivered = 0, filled = 0, setAside = 0 }: { delivered?: number; filled?: number; setAside?: number },
    now: number,
  ): void {
    const before = this.totals
    this.totals = {
      ...before,
      delivered: before.delivered + delivered,
      filled: before.filled + filled,
      setAside: before.setAside + setAside,
      lastDeliveredAt: delivered > 0 ? now : before.lastDeliveredAt,
    }
    const after = this.totals
    this.#sql.run(
      'INSERT OR REPLACE INTO totals VALUES (1, ?, ?, ?, ?, ?, ?)',
      after.shard,
      after.delivered,
      after.dropped,
      after.filled,
      after.setAside,
      after.lastDeliveredAt,
    )
  }

  // --- streams

  checkpoint({ kind, id }: Stream): StreamCheckpoint | null {
    const row = this.#sql.first(streamRow, 'SELECT * FROM streams WHERE kind = ? AND id = ?', kind, id)
    return row && checkpointOf(row)
  }

  /**
   * The newest recorded version of a stream; 0 where there is none, or an earlier release gave the stream to another
   * forwarder (`handed_over`). That one goes on with it, unless it crashed before it stored a checkpoint: then this
   * one may.
   */
  recordedVersion({ kind, id }: Stream): number {
    const query =
      'SELECT max(delivered, known) AS count FROM streams WHERE kind = ? AND id = ? AND handed_over = 0'
    return this.#count(query, kind, id)
  }

  /** Records a value of `FORWARDERS`; returns all. */
  recordCount(count: number): number[] {
    this.#sql.run('INSERT OR IGNORE INTO counts VALUES (?)', count)
    return this.#sql.all(z.object({ count: z.int() }), 'SELECT count FROM counts').map(({ count }) => count)
  }

  /** Stores a checkpoint in place of what was stored before (`null`: nothing). */
  save(before: StreamCheckpoint | null, after: StreamCheckpoint): void {
    const { stream, sink, acknowledged, lastSeenVersion, backlogSince, dueAt, failedReads, heldAt } = after
    this.#sql.run(
      `INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
      ON CONFLICT (kind, id) DO UPDATE SET sink = excluded.sink, delivered = excluded.delivered,
        known = excluded.known, owed_since = excluded.owed_since, due_at = excluded.due_at,
        tries = excluded.tries, held_at = excluded.held_at, handed_over = 0`,
      stream.kind,
      stream.id,
      sink,
      acknowledged,
      lastSeenVersion,
      backlogSince,
      dueAt,
      failedReads,
      heldAt,
    )
    const since = this.#storedSince?.add(streamName(stream.kind, stream.id))
    if (since && since.size > MAX_STORED_SINCE) this.#storedSince = null
    this.backlog.events += backlogOf(after) - (before ? backlogOf(before) : 0)
    this.backlog.streams += (after.backlogSince === null ? 0 : 1) - (before?.backlogSince == null ? 0 : 1)
    this.held += (after.heldAt === null ? 0 : 1) - (before?.heldAt == null ? 0 : 1)
  }

  /** What another sink refused holds nothing up: those streams are due. */
  releaseHeldByOthers(sink: string): void {
    if (this.held > 0)
      this.#sql.run('UPDATE streams SET due_at = owed_since WHERE held_at IS NOT NULL AND sink <> ?', sink)
  }

  /** Streams that are due by now (Unix ms), the longest due first, after another one. */
  due(now: number, after: StreamCheckpoint | null, limit: number): StreamCheckpoint[] {
    this.#storedSince = new Set()
    return this.#sql
      .all(
        streamRow,
        `SELECT * FROM streams WHERE due_at <= ? AND (due_at, kind, id) > (?, ?, ?)
      ORDER BY due_at, kind, id LIMIT ?`,
        now,
        after?.dueAt ?? -1,
        after?.stream.kind ?? '',
        after?.stream.id ?? '',
        limit,
      )
      .map(checkpointOf)
  }

  /** A checkpoint of the last page of due ones as it is now. It is read again only if it may have changed. */
  current(read: StreamCheckpoint): StreamCheckpoint | null {
    const { kind, id } = read.stream
    return this.#storedSince?.has(streamName(kind, id)) === false ? read : this.checkpoint(read.stream)
  }

  /** When a stream is due next (Unix ms); `null` when none is. */
  nextDue(): number | null {
    return this.#least('SELECT due_at AS at FROM streams WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1')
  }

  /** The age of the backlog: since when its oldest part is recorded (Unix ms); `null` without one. */
  oldestBacklog(): number | null {
    const stream =
      this.backlog.streams === 0
        ? null
        : this.#least(
            'SELECT owed_since AS at FROM streams WHERE owed_since IS NOT NULL ORDER BY owed_since LIMIT 1',
          )
    const loose = this.unsequenced === 0 ? null : this.#least('SELECT at FROM loose ORDER BY number LIMIT 1')
    if (stream === null || loose === null) return stream ?? loose
    return Math.min(stream, loose)
  }

  /** A page of the checkpoints, by kind and id, without those that an earlier release reassigned. */
  checkpoints(kinds: readonly string[] | undefined, after: Stream | null, limit: number): StreamCheckpoint[] {
    if (!kinds)
      return this.#sql
        .all(
          streamRow,
          'SELECT * FROM streams WHERE (kind, id) > (?, ?) AND handed_over = 0 ORDER BY kind, id LIMIT ?',
          after?.kind ?? '',
          after?.id ?? '',
          limit,
        )
        .map(checkpointOf)
    const page: StreamCheckpoint[] = []
    for (const kind of [...new Set(kinds)].sort()) {
      if (page.length === limit || (after && kind < after.kind)) continue
      const rows = this.#sql.all(
        streamRow,
        'SELECT * FROM streams WHERE kind = ? AND id > ? AND handed_over = 0 ORDER BY id LIMIT ?',
        kind,
        after?.kind === kind ? after.id : '',
        limit - page.length,
      )
      page.push(...rows.map(checkpointOf))
    }
    return page
  }

  // --- unsequenced events

  /** Stores an unsequenced event after those that wait; returns the number of its row. */
  storeUnsequenced({ text }: SerializedEvent, now: number): number {
    const { number } = z
      .object({ number: z.int() })
      .parse(
        this.#storage.sql
          .exec('INSERT INTO loose (event, at) VALUES (?, ?) RETURNING number', text, now)
          .one(),
      )
    this.#meter.rowsWritten += 1
    this.unsequenced += 1
    return number
  }

  /** The unsequenced events that wait longest. */
  unsequencedEvents(limit: number): { number: number; event: SerializedEvent }[] {
    return this.#sql
      .all(unsequencedRow, 'SELECT number, event FROM loose ORDER BY number LIMIT ?', limit)
      .map(({ number, event }) => ({ number, event: readSerialized(event) }))
  }

  removeUnsequenced(number: number): void {
    this.unsequenced -= this.#sql.run('DELETE FROM loose WHERE number = ?', number) > 0 ? 1 : 0
  }

  // --- dead letters

  recordDeadLetter({ event, sink, position, key, reason }: StoredDeadLetter, now: number): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      event.id,
      sink,
      position?.stream.kind ?? null,
      position?.stream.id ?? null,
      position?.version ?? null,
      key,
      reason,
      now,
    )
  }

  deadLetter(eventId: string): { sink: string; key: string } | null {
    return this.#sql.first(deadLetterRow, 'SELECT event, sink, key FROM set_aside WHERE event = ?', eventId)
  }

  removeDeadLetter(eventId: string): void {
    this.#sql.run('DELETE FROM set_aside WHERE event = ?', eventId)
  }

  /** Versions of a stream that a sink refused for good. */
  deadLetterVersions({ kind, id }: Stream, sink: string): number[] {
    return this.#sql
      .all(
        z.object({ version: z.int() }),
        'SELECT version FROM set_aside WHERE kind = ? AND id = ? AND sink = ? ORDER BY version',
        kind,
        id,
        sink,
      )
      .map(({ version }) => version)
  }

  // --- SQL

  #count(query: string, ...bindings: SqlStorageValue[]): number {
    return this.#sql.first(z.object({ count: z.int() }), query, ...bindings)?.count ?? 0
  }

  #least(query: string): number | null {
    return this.#sql.first(z.object({ at: moment }), query)?.at ?? null
  }
}

function checkpointOf(row: z.infer<typeof streamRow>): StreamCheckpoint {
  const { kind, id, sink, delivered, known, owed_since, due_at, tries, held_at } = row
  return {
    stream: { kind, id },
    sink,
    acknowledged: delivered,
    lastSeenVersion: known,
    backlogSince: owed_since,
    dueAt: due_at,
    failedReads: tries,
    heldAt: held_at,
  }
}
