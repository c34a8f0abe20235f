import type { Env } from '../../durable-objects/env.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { ANSWER_TIMEOUT_MS, listingOf } from './listing.ts'
import { readModels } from './models.ts'

const READ_CONCURRENCY = 20

/** An aggregate's entry in lists, as JSON text, at a version. */
export interface Row {
  readonly stream: Stream
  readonly version: number
  readonly listing: string
}

/** An aggregate whose row could not be updated, and why. */
export interface ProjectionFault {
  readonly stream: Stream
  readonly fault: string
}

/**
 * Updates the rows of aggregates, in one transaction: reads each aggregate and writes its row unless there is one of a
 * newer version. Aggregates that do not exist, and kinds without a list, have no row. Returns the failed ones, to be
 * retried; never throws.
 */
export async function project(env: Env, streams: readonly Stream[]): Promise<ProjectionFault[]> {
  const faults: ProjectionFault[] = []
  const rows = await mapBounded(streams, READ_CONCURRENCY, async (stream) => {
    try {
      const present = readModels.has(stream.kind) ? await listingOf(env, stream) : null
      return present ? [{ stream, version: present.version, listing: present.listing }] : []
    } catch (thrown) {
      faults.push({ stream, fault: faultText(thrown) })
      return []
    }
  })
  const written = rows.flat()
  try {
    await writeRows(env, written, ANSWER_TIMEOUT_MS)
  } catch (thrown) {
    faults.push(...written.map(({ stream }) => ({ stream, fault: faultText(thrown) })))
  }
  return faults
}

/**
 * Writes rows in one transaction, none over one of a newer version.
 *
 * @throws Error if the read database refuses them, or does not answer in time (ms)
 */
export async function writeRows(env: Env, rows: readonly Row[], timeLimitMs: number): Promise<void> {
  const statements = rows.flatMap((row) => upsertOf(env, row) ?? [])
  if (statements.length === 0) return
  await withTimeLimit(env.DATABASE.batch(statements), timeLimitMs, 'the read database')
}

/** Projects aggregates and queues each failed one, so that an aggregate that does not answer delays no other. */
export async function projectOrQueue(env: Env, streams: readonly Stream[]): Promise<void> {
  const faults = await project(env, streams)
  await queueProjections(
    env,
    faults.map(({ stream }) => stream),
  )
}

/** Queues the projection of aggregates. */
export async function queueProjections(env: Env, streams: readonly Stream[]): Promise<void> {
  if (streams.length === 0) return
  await env.PROJECTIONS.sendBatch(
    streams.map(({ kind, id }) => ({ body: { stream: { kind, id } }, contentType: 'json' as const })),
  )
}

function upsertOf(env: Env, { stream, version, listing }: Row): D1PreparedStatement | null {
  const model = readModels.get(stream.kind)
  if (model === undefined) return null
  const { table, fixed } = model
  const columns = ['id', 'version', 'item', ...Object.keys(fixed)].join(', ')
  const values = ['?1', '?2', '?3', ...Object.values(fixed).map((path) => `?3 ->> '${path}'`)].join(', ')
  // An equal version is written again: its listing may have been extended since. What is fixed is not: an update that
  // does not name a column leaves its indexes alone, and each of their entries is a row on the bill.
  return env.DATABASE.prepare(
    `INSERT INTO ${table} (${columns}) VALUES (${values})
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, item = excluded.item
     WHERE excluded.version >= ${table}.version`,
  ).bind(stream.id, version, listing)
}
