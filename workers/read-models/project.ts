import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import { readModels } from './models.ts'

/** Aggregates that are read at the same time. */
const READ_CONCURRENCY = 20

/** An aggregate whose row could not be brought up to date, and why. */
export interface ProjectionFault {
  readonly stream: Stream
  readonly fault: string
}

/**
 * Brings the rows of aggregates up to date, all in one transaction: each is read as it is now, and its
 * row is written unless there is one of a newer version. Aggregates of kinds that stand in no list, and
 * such as do not exist, have no row. Returns those that have to be tried again; never throws.
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
    await env.DATABASE.batch(written.map(({ statement }) => statement))
  } catch (thrown) {
    faults.push(...written.map(({ stream }) => ({ stream, fault: faultText(thrown) })))
  }
  return faults
}

async function upsertOf(env: Env, { kind, id }: Stream): Promise<D1PreparedStatement | null> {
  const model = readModels.get(kind)
  if (!model) return null
  const present = await anyAggregateStub(env, kind, id).listing()
  if (!present) return null
  const { table } = model
  // The same version again is written again: what a row shows may have been extended since.
  return env.DATABASE.prepare(
    `INSERT INTO ${table} (id, version, item) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, item = excluded.item
     WHERE excluded.version >= ${table}.version`,
  ).bind(id, present.version, present.listing)
}
