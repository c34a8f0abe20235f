import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import {
  type EventForm,
  type StoredCommand,
  storedLog,
} from '../../durable-objects/aggregate/journal/stored-log.fixture.ts'

/** The tables on which `changeLog` runs its statement. */
const TABLES = `
  CREATE TABLE stream (id TEXT, sent INTEGER, published INTEGER, reacted INTEGER);
  CREATE TABLE events (version INTEGER, last INTEGER, type TEXT, schema INTEGER, data TEXT, rest TEXT);
  CREATE TABLE commands (id TEXT, first INTEGER, last INTEGER, rest TEXT);`

/**
 * Falsifies a stored log by a statement on tables that show one thing in a row: `events`, `commands`, and `stream`, which
 * has the identity and the cursors. Each event is stored as a commit of its own afterwards, and a record of a command that
 * is not of one event as one without events.
 */
export function changeLog(database: DatabaseSync, query: string, bindings: readonly SQLInputValue[]): void {
  const log = storedLog((text) => database.prepare(text).all())
  if (!log) throw new Error('an object without a log')
  const { head, events, commands } = log
  const scratch = new DatabaseSync(':memory:')
  scratch.exec(TABLES)
  const { sent, published, reacted } = head.cursors
  scratch.prepare('INSERT INTO stream VALUES (?, ?, ?, ?)').run(head.id, sent, published, reacted)
  for (const { version, last, type, schema, data, ...rest } of events)
    scratch
      .prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)')
      .run(version, last, type, schema, JSON.stringify(data), JSON.stringify(rest))
  for (const { id, first, last, ...rest } of commands)
    scratch.prepare('INSERT INTO commands VALUES (?, ?, ?, ?)').run(id, first, last, JSON.stringify(rest))

  scratch.prepare(query).run(...bindings)

  const [stream] = scratch.prepare('SELECT * FROM stream').all()
  const { id, ...cursors } = { ...stream }
  const forms = scratch
    .prepare('SELECT * FROM events ORDER BY version')
    .all()
    .map(
      ({ data, rest, ...form }) =>
        ({ ...form, data: JSON.parse(String(data)), ...JSON.parse(String(rest)) }) as EventForm,
    )
  const records = scratch
    .prepare('SELECT * FROM commands')
    .all()
    .map(({ rest, ...record }) => ({ ...record, ...JSON.parse(String(rest)) }) as StoredCommand)
  const write = (version: number, command: string | null, body: object) =>
    database.prepare('INSERT INTO log VALUES (?, ?, ?)').run(version, command, JSON.stringify(body))
  database.exec('DELETE FROM log')
  write(0, null, { ...head, id, cursors: { ...head.cursors, ...cursors } })
  for (const { version, type, schema, data, time, trace } of forms) {
    const own = records.find(({ first, last }) => first === version && last === version)
    const command = own && { fingerprint: own.fingerprint, refusal: own.refusal, answered: own.answered }
    const events = [{ type, schema, data }]
    write(version, own?.id ?? null, { at: time, trace, command: command ?? null, events })
  }
  for (const [index, { id: name, fingerprint, first, last, refusal, answered, at }] of records.entries()) {
    if (first === last && forms.some(({ version }) => version === last)) continue
    write(-1 - index, name, { at, command: { fingerprint, refusal, answered }, version: last })
  }
}
