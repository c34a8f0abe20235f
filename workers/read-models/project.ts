import type { Env } from '../../durable-objects/env.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { ANSWER_TIMEOUT_MS, listingOf } from './listing.ts'
import { readModels } from './models.ts'

const READ_CONCURRENCY = 20

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
      const statement = await upsertOf(env, stream)
      return statement ? [{ stream, statement }] : []
    } catch (thrown) {
      faults.push({ stream, fault: faultText(thrown) })
      return []
    }
  })
  const written = rows.flat()
  if (written.length === 0) return faults
  try {
    const batch = env.DATABASE.batch(written.map(({ statement }) => statement))
    await withTimeLimit(batch, ANSWER_TIMEOUT_MS, 'the read database')
  } catch (thrown) {
    faults.push(...written.map(({ stream }) => ({ stream, fault: faultText(thrown) })))
  }
  return faults
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

async function upsertOf(env: Env, stream: Stream): Promise<D1PreparedStatement | null> {
  const model = readModels.get(stream.kind)
  if (!model) return null
  const present = await listingOf(env, stream)
  if (!present) return null
  const { table } = model
  // An equal version is written again: its listing may have been extended since.
  return env.DATABASE.prepare(
    `INSERT INTO ${table} (id, version, item) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, item = excluded.item
     WHERE excluded.version >= ${table}.version`,
  ).bind(stream.id, present.version, present.listing)
}
