import { z } from 'zod'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { readCloudEvent } from '../../shared/core/cloud-event-reading.ts'
import type { Stream } from '../../shared/core/projection.ts'
import type { Meter } from '../aggregate/meter.ts'
import { Sql } from '../sql.ts'
import { type HandedOver, handedOverSchema } from './position.ts'

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
const looseRow = z.object({ number: z.int(), event: z.string() })
const setAsideRow = z.object({ event: z.string(), sink: z.string(), key: z.string() })
const totalsRow = z.object({
  shard: z.int(),
  delivered: z.int(),
  dropped: z.int(),
  filled: z.int(),
  set_aside: z.int(),
  last_delivered_at: moment,
})

/** One aggregate in the ledger. Times are Unix ms. */
export interface StreamCheckpoint {
  readonly stream: Stream
  /** The sink that `delivered` counts for; empty while none could be opened. */
  readonly sink: string
  /** The sink has every version up to here, but for those set aside. */
  readonly delivered: number
  /** The newest version on the books. What lies between `delivered` and this is owed. */
  readonly known: number
  readonly owedSince: number | null
  /** When what is owed is to be delivered next; `null` when nothing is, or it is held. */
  readonly dueAt: number | null
  /** Readings of the aggregate's log that failed in a row. */
  readonly tries: number
  /** In strict order: the refused version that later ones wait for. */
  readonly heldAt: number | null
}

/** An event that was set aside, of an aggregate or of no log. */
export interface DeadLetterRecord {
  readonly eventId: string
  readonly sink: string
  /** Of an event of a log: its aggregate and version. */
  readonly position: { readonly stream: Stream; readonly version: number } | null
  /** Where in the lake bucket it is kept. */
  readonly key: string
  readonly reason: string
}

/** What a forwarder has done since it was made; persisted with each batch. */
export interface Totals {
  shard: number
  delivered: number
  dropped: number
  filled: number
  setAside: number
  /** Unix ms. */
  lastDeliveredAt: number | null
}

/**
 * The SQLite tables of one forwarder. `known` of an account grows only when events are owed, so that a
 * delivery costs one row for each aggregate and one for the totals. Sums are kept in memory, so that asking
 * for them reads nothing.
 */
export class CheckpointStore {
  readonly #storage: DurableObjectStorage
  readonly #meter: Meter
  readonly #sql: Sql
  readonly totals: Totals
  owedEvents = 0
  owedAggregates = 0
  held = 0
  /** Events of no log that wait in their table. */
  loose = 0

  /** Without strict order nothing is held: what was held before goes on after the refused version. */
  constructor(storage: DurableObjectStorage, meter: Meter, { strict }: { strict: boolean }) {
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
        filled INTEGER NOT NULL, set_aside INTEGER NOT NULL, last_delivered_at INTEGER);`)
    if (!strict)
      this.#sql.run(
        `UPDATE streams SET delivered = held_at, known = max(known, held_at), held_at = NULL,
          owed_since = CASE WHEN known > held_at THEN coalesce(owed_since, ?1) END,
          due_at = CASE WHEN known > held_at THEN ?1 END
        WHERE held_at IS NOT NULL`,
        Date.now(),
      )
    const sums = this.#sql.first(
      z.object({ events: z.int(), aggregates: z.int() }),
      `SELECT coalesce(sum(known - delivered), 0) AS events, count(*) AS aggregates
      FROM streams WHERE owed_since IS NOT NULL`,
    )
    this.owedEvents = sums?.events ?? 0
    this.owedAggregates = sums?.aggregates ?? 0
    this.held = this.#count('SELECT count(*) AS count FROM streams WHERE held_at IS NOT NULL')
    this.loose = this.#count('SELECT count(*) AS count FROM loose')
    const row = this.#sql.first(totalsRow, 'SELECT * FROM totals')
    this.totals = {
      shard: row?.shard ?? 0,
      delivered: row?.delivered ?? 0,
      dropped: row?.dropped ?? 0,
      filled: row?.filled ?? 0,
      setAside: row?.set_aside ?? 0,
      lastDeliveredAt: row?.last_delivered_at ?? null,
    }
  }

  /** Runs changes that belong together: all of them are stored, or none. */
  transaction(changes: () => void): void {
    this.#storage.transactionSync(changes)
  }

  saveTotals(): void {
    const { shard, delivered, dropped, filled, setAside, lastDeliveredAt } = this.totals
    this.#sql.run(
      'INSERT OR REPLACE INTO totals VALUES (1, ?, ?, ?, ?, ?, ?)',
      shard,
      delivered,
      dropped,
      filled,
      setAside,
      lastDeliveredAt,
    )
  }

  // --- aggregates

  account({ kind, id }: Stream): StreamCheckpoint | null {
    const row = this.#sql.first(
      streamRow,
      'SELECT * FROM streams WHERE kind = ? AND id = ? AND handed_over = 0',
      kind,
      id,
    )
    return row && accountOf(row)
  }

  /** What stood in the account of an aggregate when another forwarder took it over; `null` if none did. */
  handedOver({ kind, id }: Stream): HandedOver | null {
    return this.#sql.first(
      handedOverSchema,
      'SELECT sink, delivered FROM streams WHERE kind = ? AND id = ? AND handed_over = 1',
      kind,
      id,
    )
  }

  /** Another forwarder delivers the events of this aggregate from now on: nothing is owed here any more. */
  handOver(account: StreamCheckpoint): void {
    const { stream, delivered } = account
    this.save(account, { ...account, known: delivered, owedSince: null, dueAt: null, heldAt: null })
    this.#sql.run('UPDATE streams SET handed_over = 1 WHERE kind = ? AND id = ?', stream.kind, stream.id)
  }

  /** Stores an account in place of what was stored of it before (`null`: nothing). */
  save(before: StreamCheckpoint | null, after: StreamCheckpoint): void {
    const { stream, sink, delivered, known, owedSince, dueAt, tries, heldAt } = after
    this.#sql.run(
      `INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
      ON CONFLICT (kind, id) DO UPDATE SET sink = excluded.sink, delivered = excluded.delivered,
        known = excluded.known, owed_since = excluded.owed_since, due_at = excluded.due_at,
        tries = excluded.tries, held_at = excluded.held_at, handed_over = 0`,
      stream.kind,
      stream.id,
      sink,
      delivered,
      known,
      owedSince,
      dueAt,
      tries,
      heldAt,
    )
    this.owedEvents += owedBy(after) - (before ? owedBy(before) : 0)
    this.owedAggregates += (after.owedSince === null ? 0 : 1) - (before?.owedSince == null ? 0 : 1)
    this.held += (after.heldAt === null ? 0 : 1) - (before?.heldAt == null ? 0 : 1)
  }

  /** What another sink refused holds nothing up any more: those aggregates are due. */
  releaseHeldByOthers(sink: string): void {
    if (this.held > 0)
      this.#sql.run('UPDATE streams SET due_at = owed_since WHERE held_at IS NOT NULL AND sink <> ?', sink)
  }

  /** Accounts that are due by now (Unix ms), the longest due first, after another one. */
  due(now: number, after: StreamCheckpoint | null, limit: number): StreamCheckpoint[] {
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
      .map(accountOf)
  }

  /** When something is due next (Unix ms), events of no log aside; `null` when nothing is. */
  nextDue(): number | null {
    return this.#least('SELECT due_at AS at FROM streams WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1')
  }

  /** Since when something is owed (Unix ms); `null` when nothing is. */
  oldestOwed(): number | null {
    const stream =
      this.owedAggregates === 0
        ? null
        : this.#least(
            'SELECT owed_since AS at FROM streams WHERE owed_since IS NOT NULL ORDER BY owed_since LIMIT 1',
          )
    const loose = this.loose === 0 ? null : this.#least('SELECT at FROM loose ORDER BY number LIMIT 1')
    if (stream === null || loose === null) return stream ?? loose
    return Math.min(stream, loose)
  }

  /** A page of the accounts, by kind and id. */
  accounts(kinds: readonly string[] | undefined, after: Stream | null, limit: number): StreamCheckpoint[] {
    if (!kinds)
      return this.#sql
        .all(
          streamRow,
          'SELECT * FROM streams WHERE (kind, id) > (?, ?) AND handed_over = 0 ORDER BY kind, id LIMIT ?',
          after?.kind ?? '',
          after?.id ?? '',
          limit,
        )
        .map(accountOf)
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
      page.push(...rows.map(accountOf))
    }
    return page
  }

  // --- events of no log

  /** Stores an event of no log after those that wait already; returns its number. */
  storeLoose(event: CloudEvent, now: number): number {
    const { number } = z
      .object({ number: z.int() })
      .parse(
        this.#storage.sql
          .exec('INSERT INTO loose (event, at) VALUES (?, ?) RETURNING number', JSON.stringify(event), now)
          .one(),
      )
    this.#meter.rowsWritten += 1
    this.loose += 1
    return number
  }

  /** The events of no log that wait longest. */
  looseEvents(limit: number): { number: number; event: CloudEvent; bytes: number }[] {
    return this.#sql
      .all(looseRow, 'SELECT number, event FROM loose ORDER BY number LIMIT ?', limit)
      .map(({ number, event }) => ({
        number,
        event: readCloudEvent(event),
        bytes: Buffer.byteLength(event),
      }))
  }

  removeLoose(number: number): void {
    this.loose -= this.#sql.run('DELETE FROM loose WHERE number = ?', number) > 0 ? 1 : 0
  }

  // --- what was set aside

  recordSetAside({ eventId, sink, position, key, reason }: DeadLetterRecord, now: number): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      eventId,
      sink,
      position?.stream.kind ?? null,
      position?.stream.id ?? null,
      position?.version ?? null,
      key,
      reason,
      now,
    )
  }

  setAside(eventId: string): { sink: string; key: string } | null {
    return this.#sql.first(setAsideRow, 'SELECT event, sink, key FROM set_aside WHERE event = ?', eventId)
  }

  removeSetAside(eventId: string): void {
    this.#sql.run('DELETE FROM set_aside WHERE event = ?', eventId)
  }

  /** Versions of an aggregate that a sink refused for good. */
  versionsSetAside({ kind, id }: Stream, sink: string): number[] {
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

  // --- sums

  #count(query: string): number {
    return this.#sql.first(z.object({ count: z.int() }), query)?.count ?? 0
  }

  #least(query: string): number | null {
    return this.#sql.first(z.object({ at: moment }), query)?.at ?? null
  }
}

/** How many versions of an aggregate are owed. */
export function owedBy({ known, delivered, owedSince }: StreamCheckpoint): number {
  return owedSince === null ? 0 : known - delivered
}

function accountOf(row: z.infer<typeof streamRow>): StreamCheckpoint {
  const { kind, id, sink, delivered, known, owed_since, due_at, tries, held_at } = row
  return {
    stream: { kind, id },
    sink,
    delivered,
    known,
    owedSince: owed_since,
    dueAt: due_at,
    tries,
    heldAt: held_at,
  }
}
