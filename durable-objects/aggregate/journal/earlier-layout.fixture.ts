import { storedLog } from './stored-log.fixture.ts'

/** The tables of layout 1, as the last release that wrote them created them. */
const LAYOUT_1 = `
  CREATE TABLE stream (
    kind TEXT NOT NULL, id TEXT NOT NULL, layout INTEGER NOT NULL,
    sent INTEGER NOT NULL, published INTEGER NOT NULL, reacted INTEGER NOT NULL,
    resends INTEGER NOT NULL, resend_at INTEGER, shard INTEGER);
  CREATE TABLE events (
    version INTEGER PRIMARY KEY, type TEXT NOT NULL, schema INTEGER NOT NULL, time TEXT NOT NULL,
    data TEXT NOT NULL, correlation TEXT NOT NULL, causation TEXT, traceparent TEXT);
  CREATE TABLE commands (
    id TEXT PRIMARY KEY, fingerprint TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL,
    refusal TEXT, answered INTEGER, at TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE timers (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, command TEXT NOT NULL, cause TEXT) WITHOUT ROWID;`

/** Stores an object as the last release of layout 1 would have stored it. */
export function storeInEarlierLayout(state: DurableObjectState): void {
  const { sql } = state.storage
  const log = storedLog((query) => sql.exec(query).toArray())
  if (!log) throw new Error('an object without a log')
  sql.exec('DROP TABLE log')
  sql.exec(LAYOUT_1)
  const { kind, id, shard, cursors, timers } = log.head
  sql.exec(
    'INSERT INTO stream VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)',
    ...[kind, id, cursors.sent, cursors.published, cursors.reacted, cursors.resends, cursors.resendAt, shard],
  )
  if (log.events.some(({ trace }) => trace.tracestate))
    sql.exec('ALTER TABLE events ADD COLUMN tracestate TEXT')
  for (const { version, type, schema, time, data, trace } of log.events) {
    const { correlationId, causationId = null, traceparent = null, tracestate } = trace
    sql.exec(
      `INSERT INTO events (version, type, schema, time, data, correlation, causation, traceparent)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[version, type, schema, time, JSON.stringify(data), correlationId, causationId, traceparent],
    )
    if (tracestate) sql.exec('UPDATE events SET tracestate = ? WHERE version = ?', tracestate, version)
  }
  for (const { id: command, fingerprint, first, last, refusal, answered, at } of log.commands)
    sql.exec(
      'INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[command, fingerprint, first, last, refusal && JSON.stringify(refusal), answered, at],
    )
  for (const { id: timer, at, command, cause = null } of timers)
    sql.exec('INSERT INTO timers VALUES (?, ?, ?, ?)', timer, at, JSON.stringify(command), cause)
}
