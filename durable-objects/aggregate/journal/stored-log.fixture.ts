import { z } from 'zod'
import type { Instant } from '../../../shared/core/time.ts'
import {
  type CommandRecord,
  type Commit,
  commitSchema,
  emptyCommitSchema,
  type Head,
  headSchema,
  json,
} from './stored-rows.ts'

/** An event as it is stored, in the form in which it was written. */
export interface EventForm {
  readonly version: number
  /** The version of the last event of its commit. */
  readonly last: number
  readonly type: string
  readonly schema: number
  readonly data: unknown
  readonly time: Instant
  readonly trace: Commit['trace']
}

/** The record of a command, with its id. */
export interface StoredCommand extends CommandRecord {
  readonly id: string
  readonly at: Instant
}

/** What an aggregate's object has stored of its log, validated. */
export interface StoredLog {
  readonly head: Head
  readonly events: readonly EventForm[]
  readonly commands: readonly StoredCommand[]
}

const headRow = z.object({ body: json.pipe(headSchema) })
const commitRow = z.object({
  version: z.int(),
  command: z.string().nullable(),
  body: json.pipe(commitSchema),
})
const emptyRow = z.object({ command: z.string(), body: json.pipe(emptyCommitSchema) })

/**
 * Reads a log as it lies in its tables, for those who check what is stored; the product reads it by `EventLog`. `null`
 * where nothing is stored.
 *
 * @param rows runs a query on the table `log`; no rows where it does not exist
 * @throws ZodError where a row has another form than today's
 */
export function storedLog(rows: (query: string) => Readonly<Record<string, unknown>>[]): StoredLog | null {
  const [first] = rows('SELECT body FROM log WHERE version = 0')
  if (!first) return null
  const commits = rows('SELECT version, command, body FROM log WHERE version > 0 ORDER BY version').map(
    (row) => commitRow.parse(row),
  )
  return {
    head: headRow.parse(first).body,
    events: commits.flatMap(({ version: last, body: { events, at: time, trace } }) =>
      events.map((event, index) => ({
        version: last - events.length + 1 + index,
        last,
        ...event,
        time,
        trace,
      })),
    ),
    commands: [
      ...commits.flatMap(({ version: last, command: id, body: { command, events, at } }) =>
        command && id !== null ? [{ id, ...command, first: last - events.length + 1, last, at }] : [],
      ),
      ...rows('SELECT command, body FROM log WHERE version < 0 ORDER BY version DESC').map((row) => {
        const { command: id, body } = emptyRow.parse(row)
        return { id, ...body.command, first: body.version + 1, last: body.version, at: body.at }
      }),
    ],
  }
}
