import { z } from 'zod'
import { type AnyAggregate, schemaVersion } from '../../../shared/core/aggregate.ts'
import type { Refusal } from '../../../shared/core/refusal.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { Sql } from '../../sql.ts'
import type { Meter } from '../meter.ts'
import { EarlierLayout } from './earlier-layout.ts'
import {
  type CommandRecord,
  type Commit,
  type EmptyCommit,
  type FailedEffect,
  failedEffectSchema,
  type Head,
  type StoredEvent,
  snapshotSchema,
} from './stored-rows.ts'

/** Layout of the tables below, stored with each object so that another release can recognise it. */
export const LAYOUT = 2
/** The row of the head. Commits have their last versions, and commits without events count down from -1. */
const HEAD = 0
/** How many commits are read at a time, so that a long log is never in memory whole. */
const COMMITS_PER_PAGE = 500

/** A table is created with its first row: most objects have the first alone. */
const definitions = {
  // The command stands before the body: a search for one reads no body.
  log: 'CREATE TABLE log (version INTEGER PRIMARY KEY, command TEXT, body TEXT NOT NULL)',
  effects: `CREATE TABLE effects (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, effect TEXT NOT NULL, trace TEXT NOT NULL,
    attempts INTEGER NOT NULL, next_at TEXT NOT NULL, parked INTEGER NOT NULL,
    reported INTEGER NOT NULL, error TEXT NOT NULL) WITHOUT ROWID`,
  snapshot: `CREATE TABLE snapshot (
    one INTEGER PRIMARY KEY, version INTEGER NOT NULL, state_version INTEGER NOT NULL,
    state TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
} as const
type Table = keyof typeof definitions

/** A row of `log`: `body` is the JSON text of a `Head` or a `Commit`. */
const logRow = z.object({ version: z.int(), body: z.string() })

/**
 * The SQLite tables of one aggregate. The log is the outbox: events are stored once, a row for each commit, and cursors
 * mark how far they were reacted to and published. A read of an id that does not exist stores nothing, and a short-lived
 * aggregate pays only for what it uses. What an earlier release stored in its layout is read there, and moves with the
 * first commit. Whoever writes does so in a transaction: `Journal`.
 */
export class EventLog {
  readonly #sql: Sql
  readonly #aggregate: Pick<AnyAggregate, 'upcasters'>
  readonly #present: Set<string>
  #earlier: EarlierLayout | null

  constructor(sql: SqlStorage, aggregate: Pick<AnyAggregate, 'upcasters'>, meter: Meter) {
    this.#sql = new Sql(sql, meter)
    this.#aggregate = aggregate
    const tables = this.#sql.all(
      z.object({ name: z.string() }),
      `SELECT name FROM sqlite_master WHERE type = 'table'`,
    )
    this.#present = new Set(tables.map(({ name }) => name))
    this.#earlier = EarlierLayout.in(this.#sql, this.#present)
  }

  // --- the head: identity, cursors, timers

  /** `null` before the first commit. @throws Error where a later release has stored it */
  head(): Head | null {
    if (this.#earlier) return this.#earlier.head()
    const [row] = this.#logRows(HEAD, 1)
    if (row?.version !== HEAD) return null
    const head = ownForm<Head>(row.body)
    if (head.layout > LAYOUT) throw new Error(`a later release has stored this in layout ${head.layout}`)
    return head
  }

  saveHead(head: Omit<Head, 'layout'>): void {
    this.#moveFromEarlierLayout()
    this.#write('REPLACE', 'log', {
      version: HEAD,
      command: null,
      body: JSON.stringify({ layout: LAYOUT, ...head }),
    })
  }

  // --- commits

  /** Appends the events of one commit, with the record of its command. Events of one commit share time and trace. */
  append(events: readonly [StoredEvent, ...StoredEvent[]], record: RecordedCommand | null): void {
    const { time: at, trace } = events[0]
    this.#moveFromEarlierLayout()
    this.#insert(events[0].version + events.length - 1, record?.id ?? null, {
      at,
      trace,
      command: record && commandOf(record),
      events: events.map(({ type, data }) => ({ type, schema: schemaVersion(this.#aggregate, type), data })),
    })
  }

  /** Records a command that has changed nothing. One with events is recorded in its commit. */
  appendEmpty(record: RecordedCommand, version: number, at: Instant): void {
    this.#moveFromEarlierLayout()
    this.#insertEmpty(record.id, { at, command: commandOf(record), version })
  }

  /** At most `limit` events after a version, oldest first, upcast to their newest shape. */
  eventsAfter(version: number, limit: number, upTo: number = Number.MAX_SAFE_INTEGER): StoredEvent[] {
    const events: StoredEvent[] = []
    for (const [last, { at, trace, events: forms }] of this.#commitsAfter(version, limit)) {
      for (const [index, { type, schema, data }] of forms.entries()) {
        const own = last - forms.length + 1 + index
        if (own <= version) continue
        if (own > upTo || events.length === limit) return events
        events.push({ version: own, type, data: this.#upcast(type, schema, data), time: at, trace })
      }
    }
    return events
  }

  /** All events after a version, read in pages. */
  *eventsSince(version: number, upTo?: number): Generator<StoredEvent> {
    let after = version
    for (;;) {
      const page = this.eventsAfter(after, COMMITS_PER_PAGE, upTo)
      yield* page
      if (page.length < COMMITS_PER_PAGE) return
      after = page.at(-1)?.version ?? after
    }
  }

  /** Replaces the data of every event, in the newest shape; only for erasures. */
  rewrite(replace: (stored: StoredEvent) => unknown): void {
    this.#moveFromEarlierLayout()
    let after = HEAD
    for (;;) {
      const page = this.#commitsAfter(after, COMMITS_PER_PAGE)
      for (const [last, commit] of page) {
        const { at: time, trace, events } = commit
        const rewritten = events.map(({ type, schema, data }, index) => {
          const version = last - events.length + 1 + index
          const stored = { version, type, data: this.#upcast(type, schema, data), time, trace }
          return { type, schema: schemaVersion(this.#aggregate, type), data: replace(stored) }
        })
        const body = JSON.stringify({ ...commit, events: rewritten })
        this.#sql.run('UPDATE log SET body = ? WHERE version = ?', body, last)
      }
      if (page.length < COMMITS_PER_PAGE) return
      after = page.at(-1)?.[0] ?? after
    }
  }

  // --- commands

  command(id: string): CommandRecord | null {
    if (this.#earlier) return this.#earlier.command(id)
    const [row] = this.#rows('log', logRow, 'SELECT version, body FROM log WHERE command = ?', id)
    if (!row) return null
    if (row.version < HEAD) {
      const { command, version } = ownForm<EmptyCommit>(row.body)
      return { ...command, first: version + 1, last: version }
    }
    const { command, events } = ownForm<Commit>(row.body)
    return command && { ...command, first: row.version - events.length + 1, last: row.version }
  }

  recordAnswer(id: string, version: number): void {
    this.#moveFromEarlierLayout()
    const query = `UPDATE log SET body = json_set(body, '$.command.answered', ?) WHERE command = ?`
    this.#sql.run(query, version, id)
  }

  /**
   * Lets `command` find a record without reading the whole log. It costs a row for each commit from then on, which a
   * short log does not pay for.
   */
  indexCommands(): void {
    if (!this.#present.has('log')) return
    this.#sql.run('CREATE INDEX IF NOT EXISTS log_commands ON log (command) WHERE command IS NOT NULL')
  }

  /**
   * Prunes records of commands without events from before an instant, a bounded number at a time; returns how many.
   * A command with events keeps its record as long as its events are kept.
   */
  pruneCommandsBefore(instant: Instant): number {
    if (!this.#present.has('log')) return 0
    const old = `SELECT version FROM log WHERE version < ${HEAD} AND body ->> '$.at' < ? LIMIT 500`
    return this.#sql.run(`DELETE FROM log WHERE version IN (${old})`, instant)
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

  /** At most so many commits with an event after a version, by their last versions. */
  #commitsAfter(version: number, limit: number): (readonly [last: number, Commit])[] {
    if (this.#earlier) return this.#earlier.commitsAfter(version, limit)
    return this.#logRows(version + 1, limit).map((row) => [row.version, ownForm<Commit>(row.body)])
  }

  #logRows(from: number, limit: number) {
    const query = 'SELECT version, body FROM log WHERE version >= ? ORDER BY version LIMIT ?'
    return this.#rows('log', logRow, query, from, limit)
  }

  #upcast(type: string, schema: number, data: unknown): unknown {
    const upcasters = this.#aggregate.upcasters?.[type] ?? []
    return upcasters.slice(schema - 1).reduce((older, upcast) => upcast(older), data)
  }

  #insert(version: number, command: string | null, commit: Commit): void {
    this.#write('INSERT', 'log', { version, command, body: JSON.stringify(commit) })
  }

  #insertEmpty(command: string, commit: EmptyCommit): void {
    const query = 'INSERT INTO log SELECT min(version) - 1, ?, ? FROM log'
    this.#sql.run(query, command, JSON.stringify(commit))
  }

  /** Moves what an earlier release has stored into today's tables. */
  #moveFromEarlierLayout(): void {
    const earlier = this.#earlier
    if (!earlier) return
    this.#earlier = null
    const { layout: _, ...head } = earlier.head()
    this.saveHead(head)
    earlier.move(
      (last, commandId, commit) => this.#insert(last, commandId, commit),
      (commandId, commit) => this.#insertEmpty(commandId, commit),
    )
    if (this.snapshot()) this.indexCommands()
  }

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
}

/** A command as it is recorded with its commit. */
export interface RecordedCommand {
  readonly id: string
  readonly fingerprint: string | null
  readonly refusal: Refusal | null
}

function commandOf({ fingerprint, refusal }: RecordedCommand) {
  return { fingerprint, refusal, answered: null }
}

/**
 * A body that this layout's code has written. It is not validated again, which would cost as much as the rest of a
 * command: another form has another `layout`, events of older forms are upcast and parsed when they are folded, and the
 * simulator validates every row.
 */
function ownForm<Form>(body: string): Form {
  return JSON.parse(body)
}
