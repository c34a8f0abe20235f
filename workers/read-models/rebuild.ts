import { z } from 'zod'
import type { Env } from '../../durable-objects/env.ts'
import {
  knownForwarders,
  type RecordedStream,
  recordedStreams,
} from '../../durable-objects/forwarder/forwarders.ts'
import { clock } from '../../durable-objects/sandbox/clock.ts'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { type Instant, instantSchema } from '../../shared/core/time.ts'
import { readModels } from './models.ts'
import { projectOrQueue } from './project.ts'

const STREAMS_PER_STEP = 400
/** Rows written in one transaction. */
const ROWS_PER_BATCH = 100
/** A count stops here, and reports that there are more. */
const MAX_COUNTED = 100_000
const COUNTED_PER_STEP = 1_000

const rebuildRow = z.object({
  id: z.string(),
  started_at: instantSchema,
  finished_at: instantSchema.nullable(),
  step: z.int(),
  streams: z.int(),
  shard: z.int(),
  after: z.string().nullable(),
})

/** A rebuild of all rows. Times are UTC. */
export interface Rebuild {
  readonly id: string
  readonly startedAt: Instant
  /** `null` while it is running. */
  readonly finishedAt: Instant | null
  readonly steps: number
  /** Aggregates processed so far. */
  readonly streams: number
  /** The forwarder whose aggregates are being processed. */
  readonly shard: number
}

/** A position in the directory of aggregates: a forwarder, and the last stream of it that was read. */
export interface Position {
  readonly shard: number
  readonly after: Stream | null
}

/** A page of the listed aggregates, and the position of the next page; `null` at the end. */
interface StreamPage {
  readonly streams: readonly RecordedStream[]
  readonly next: Position | null
}

/** The newest rebuild; `null` if there was none. */
export async function newestRebuild(database: D1Database): Promise<Rebuild | null> {
  const row = await database.prepare('SELECT * FROM rebuilds ORDER BY started_at DESC LIMIT 1').first()
  return row ? rebuildOf(row) : null
}

/**
 * Starts a rebuild of all rows from the logs, or resumes the one that is running. Rows are overwritten, never deleted,
 * so lists stay readable and up to date meanwhile.
 */
export async function startRebuild(env: Env): Promise<Rebuild> {
  const newest = await newestRebuild(env.DATABASE)
  const rebuild = newest && newest.finishedAt === null ? newest : await insertRebuild(env)
  await env.PROJECTIONS.send({ rebuild: rebuild.id }, { contentType: 'json' })
  return rebuild
}

/**
 * Runs the next step of a rebuild and queues the one after it. Its position is stored in the read database: a duplicate
 * message finds its step done, and queues nothing.
 */
export async function continueRebuild(env: Env, id: string): Promise<void> {
  const found = await env.DATABASE.prepare('SELECT * FROM rebuilds WHERE id = ?').bind(id).first()
  if (!found) return
  const row = rebuildRow.parse(found)
  if (row.finished_at !== null) return
  const after = row.after === null ? null : streamSchema.parse(JSON.parse(row.after))
  const { streams, next } = await nextStreams(env, { shard: row.shard, after }, STREAMS_PER_STEP)
  for (let first = 0; first < streams.length; first += ROWS_PER_BATCH) {
    const part = streams.slice(first, first + ROWS_PER_BATCH).map(({ stream }) => stream)
    await projectOrQueue(env, part)
  }
  const { meta } = await env.DATABASE.prepare(
    `UPDATE rebuilds SET step = step + 1, streams = streams + ?, shard = ?, after = ?, finished_at = ?
     WHERE id = ? AND step = ?`,
  )
    .bind(
      streams.length,
      next?.shard ?? row.shard,
      next?.after ? JSON.stringify(next.after) : null,
      next ? null : clock.now(),
      id,
      row.step,
    )
    .run()
  if (next && meta.changes > 0) await env.PROJECTIONS.send({ rebuild: id }, { contentType: 'json' })
}

/** The number of listed aggregates. `complete` is false if counting stopped early. */
export async function countStreams(env: Env): Promise<{ streams: number; complete: boolean }> {
  let streams = 0
  let position: Position | null = beginning
  while (position && streams < MAX_COUNTED) {
    const found: StreamPage = await nextStreams(env, position, COUNTED_PER_STEP)
    streams += found.streams.length
    position = found.next
  }
  return { streams, complete: position === null }
}

/** The first position of the directory. */
export const beginning: Position = { shard: 0, after: null }

/** The next listed aggregates of one forwarder. @throws Error if it does not answer */
export async function nextStreams(env: Env, { shard, after }: Position, limit: number): Promise<StreamPage> {
  const { streams, next } = await recordedStreams(env, shard, { kinds: [...readModels.keys()], after, limit })
  if (next) return { streams, next: { shard, after: next } }
  const following = (await knownForwarders(env)).find((other) => other > shard)
  return { streams, next: following === undefined ? null : { shard: following, after: null } }
}

async function insertRebuild({ DATABASE: database }: Env): Promise<Rebuild> {
  const row = await database
    .prepare(
      `INSERT INTO rebuilds (id, started_at, finished_at, step, streams, shard, after)
       VALUES (?, ?, NULL, 0, 0, ?, NULL) RETURNING *`,
    )
    .bind(crypto.randomUUID(), clock.now(), beginning.shard)
    .first()
  return rebuildOf(row)
}

function rebuildOf(row: unknown): Rebuild {
  const { id, started_at, finished_at, step, streams, shard } = rebuildRow.parse(row)
  return { id, startedAt: started_at, finishedAt: finished_at, steps: step, streams, shard }
}
