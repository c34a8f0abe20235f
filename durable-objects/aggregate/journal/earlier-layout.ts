import { z } from 'zod'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import { timerSchema } from '../../../shared/core/effect.ts'
import { refusalSchema } from '../../../shared/core/refusal.ts'
import type { Sql } from '../../sql.ts'
import {
  type CommandRecord,
  type Commit,
  commandSchema,
  type EmptyCommit,
  type Head,
  json,
} from './stored-rows.ts'

// Rows are checked as they come out of SQLite: another release has written them.

const streamRow = z.object({
  kind: z.string(),
  id: z.string(),
  sent: z.int(),
  published: z.int(),
  reacted: z.int(),
  resends: z.int(),
  resend_at: z.number().nullable(),
  /** Some releases added the column only where it was needed. */
  shard: z.int().nullish(),
})

const eventRow = z.object({
  version: z.int(),
  type: z.string(),
  schema: z.int(),
  time: z.string(),
  data: json,
  correlation: z.string(),
  causation: z.string().nullable(),
  traceparent: z.string().nullable(),
  /** Some releases added the column only where it was needed. */
  tracestate: z.string().nullish(),
})
type EventRow = z.output<typeof eventRow>

const timerRow = z.object({
  id: z.string(),
  at: z.string(),
  command: json,
  cause: z.string().nullish(),
})

const recordRow = commandSchema.extend({
  id: z.string(),
  first: z.int(),
  last: z.int(),
  refusal: json.pipe(refusalSchema).nullable(),
  at: z.string(),
})
type RecordRow = z.output<typeof recordRow>

/** How many events are moved at a time, so that a long log is never in memory whole. */
const EVENTS_PER_PAGE = 500

/**
 * Layout 1, in which every event, every command and every timer had a row, in tables of their own. It is read as it is,
 * so that reading changes nothing, and moved once the aggregate changes. Failed effects and snapshots stay where they
 * are: today's layout has them in the same tables.
 */
export class EarlierLayout {
  readonly #sql: Sql
  readonly #tables: ReadonlySet<string>

  private constructor(sql: Sql, tables: ReadonlySet<string>) {
    this.#sql = sql
    this.#tables = tables
  }

  /** `null` where the storage is empty or has today's layout. */
  static in(sql: Sql, tables: ReadonlySet<string>): EarlierLayout | null {
    return tables.has('stream') ? new EarlierLayout(sql, tables) : null
  }

  /** @throws ZodError where the row cannot be read */
  head(): Omit<Head, 'layout'> & { layout: 1 } {
    const [row] = this.#sql.all(streamRow, 'SELECT * FROM stream')
    if (!row) throw new Error('an object has tables and no identity')
    const { kind, id, shard = null, resend_at: resendAt, ...cursors } = row
    return { layout: 1, kind, id, shard, cursors: { ...cursors, resendAt }, timers: this.#timers() }
  }

  /** At most so many events after a version, each as a commit of its own. */
  commitsAfter(version: number, limit: number): (readonly [last: number, Commit])[] {
    return this.#eventsAfter(version, limit).map((row) => [row.version, commitOf([row], null)])
  }

  /** The record of a command that has not been pruned. */
  command(id: string): CommandRecord | null {
    const [record] = this.#records('id = ?', id)
    return record ? { first: record.first, last: record.last, ...commandOf(record) } : null
  }

  /** Gives each commit to today's layout, oldest first, with the id of its command, and removes this one. */
  move(
    into: (last: number, commandId: string | null, commit: Commit) => void,
    intoEmpty: (commandId: string, commit: EmptyCommit) => void,
  ): void {
    const records = new Map(this.#records('first <= last').map((record) => [record.first, record]))
    let commit: EventRow[] = []
    for (const row of this.#events()) {
      commit.push(row)
      const record = records.get(commit[0]?.version ?? row.version)
      if (record && row.version < record.last) continue
      into(row.version, record?.id ?? null, commitOf(commit, record ?? null))
      commit = []
    }
    for (const record of this.#records('first > last'))
      intoEmpty(record.id, { at: record.at, command: commandOf(record), version: record.last })
    for (const table of ['stream', 'events', 'timers', 'commands'])
      if (this.#tables.has(table)) this.#sql.run(`DROP TABLE ${table}`)
  }

  #timers() {
    if (!this.#tables.has('timers')) return []
    return this.#sql
      .all(timerRow, 'SELECT * FROM timers')
      .map(({ cause, ...timer }) => timerSchema.parse({ ...timer, ...(cause && { cause }) }))
  }

  *#events(): Generator<EventRow> {
    let page: EventRow[] = []
    do {
      page = this.#eventsAfter(page.at(-1)?.version ?? 0, EVENTS_PER_PAGE)
      yield* page
    } while (page.length > 0)
  }

  #eventsAfter(version: number, limit: number): EventRow[] {
    if (!this.#tables.has('events')) return []
    return this.#sql.all(
      eventRow,
      'SELECT * FROM events WHERE version > ? ORDER BY version LIMIT ?',
      version,
      limit,
    )
  }

  #records(condition: string, ...bindings: SqlStorageValue[]): RecordRow[] {
    if (!this.#tables.has('commands')) return []
    return this.#sql.all(recordRow, `SELECT * FROM commands WHERE ${condition} ORDER BY at`, ...bindings)
  }
}

/** The events of one commit, which have their time and trace in common. */
function commitOf(rows: readonly EventRow[], record: RecordRow | null): Commit {
  const [first] = rows
  if (!first) throw new RangeError('a commit without events')
  return {
    at: first.time,
    trace: traceOf(first),
    command: record && commandOf(record),
    events: rows.map(({ type, schema, data }) => ({ type, schema, data })),
  }
}

function commandOf({ fingerprint, refusal, answered }: RecordRow) {
  return { fingerprint, refusal, answered }
}

function traceOf({ correlation, causation, traceparent, tracestate }: EventRow): Trace {
  return {
    correlationId: correlation,
    ...(causation !== null && { causationId: causation }),
    ...(traceparent !== null && { traceparent }),
    ...(tracestate && { tracestate }),
  }
}
