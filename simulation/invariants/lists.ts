import { z } from 'zod'
import { HOUR, millisecondsOf } from '../../shared/core/time.ts'
import { readModels } from '../../workers/read-models/models.ts'
import { listingAt } from './forms.ts'
import { atRest, finding } from './invariant.ts'
import { canonical } from './requests.ts'
import { streamsOf, versionOf } from './streams.ts'

const listRow = z.object({ id: z.string(), version: z.int(), item: z.string() })
const comparisonRow = z.object({
  id: z.string(),
  started_at: z.string(),
  missing: z.int(),
  stale: z.int(),
  damaged: z.string(),
})
/** A message of a queue has been tried again by then, however often it failed (ms). */
const CAUGHT_UP_MS = HOUR

export const listsEqualLogs = atRest(
  'lists equal the logs',
  'Each list has one row for each aggregate of its kind, with the version and the entry that its log folds to.',
  function* (inspection) {
    for (const [kind, streams] of Object.entries(streamsOf(inspection))) {
      const table = readModels.get(kind)?.table
      if (table === undefined) continue
      const rows = new Map(
        inspection
          .database(`SELECT id, version, item FROM ${table}`)
          .map((row) => listRow.parse(row))
          .map((row) => [row.id, row]),
      )
      for (const stream of streams.values()) {
        const version = versionOf(stream)
        const listing = listingAt(stream, version)
        const row = rows.get(stream.id)
        rows.delete(stream.id)
        if (!listing) continue
        if (!row)
          yield finding(
            `The list ${table} has no row of ${stream.name}, which is at version ${version}.`,
            stream.name,
          )
        else if (row.version !== version)
          yield finding(
            `The list ${table} has ${stream.name} at version ${row.version}; it is at ${version}.`,
            stream.name,
          )
        else if (canonical(JSON.parse(row.item)) !== canonical(listing))
          yield finding(
            `The list ${table} shows ${stream.name} at version ${version} as ${row.item}, but its log says ${canonical(listing)}.`,
            stream.name,
          )
      }
      for (const { id, version } of rows.values())
        yield finding(
          `The list ${table} has ${kind} ${id} at version ${version}, which does not exist.`,
          `${kind}/${id}`,
        )
    }
  },
)

export const comparisonsFindNothing = atRest(
  'lists need no repair',
  'The daily comparison of lists and logs finds nothing, and no log is damaged, unless a queue was lost with its process.',
  function* (inspection) {
    const { faults } = inspection
    const healedAt = Math.max(0, ...faults.map(({ at }) => at)) + CAUGHT_UP_MS
    const isComplete = !faults.some(({ kind }) => kind === 'messages lost')
    for (const row of inspection.database('SELECT * FROM comparisons')) {
      const { id, started_at, missing, stale, damaged } = comparisonRow.parse(row)
      if (damaged !== '[]')
        yield finding(`The comparison ${id} of ${started_at} found damaged logs: ${damaged}.`)
      if (isComplete && millisecondsOf(started_at) > healedAt && missing + stale > 0)
        yield finding(
          `The comparison ${id} of ${started_at} had to write ${missing} missing and ${stale} stale rows.`,
        )
    }
  },
)
