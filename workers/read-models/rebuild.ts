import { z } from 'zod'
import type { Env } from '../../durable-objects/env.ts'
import { knownForwarders } from '../../durable-objects/forwarder/forwarders.ts'
import { type RecordedStream, recordedStreams } from '../../durable-objects/forwarder/shards.ts'
import { clock } from '../../durable-objects/sandbox/clock.ts'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { type Instant, instantSchema } from '../../shared/core/time.ts'
import { readModels } from './models.ts'
import { project } from './project.ts'

/** Aggregates that one step goes through. */
const STREAMS_PER_STEP = 400
/** Rows that are written in one transaction. */
const ROWS_PER_BATCH = 100
/** Aggregates that a count looks at, at most, and of one forwarder at once; it says when there are more. */
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

/** One time that all rows are made anew. Times are UTC. */
export interface Rebuild {
  readonly id: string
  readonly startedAt: Instant
  /** `null` while it is under way. */
  readonly finishedAt: Instant | null
  /** How many steps it has taken, and how many rows it has gone through. */
  readonly steps: number
  readonly streams: number
  /** The forwarder whose aggregates it goes through. */
  readonly shard: number
}

/** How far the directory has been read: which forwarder, and the last stream of it. */
export interface Position {
  readonly shard: number
  readonly after: Stream | null
}

/** Aggregates of the directory that stand in lists, and where to go on; `null` at its end. */
interface Found {
  readonly streams: readonly RecordedStream[]
  readonly next: Position | null
}

/** The newest rebuild; `null` if there was none. */
export async function newestRebuild(database: D1Database): Promise<Rebuild | null> {
  const row = await database.prepare('SELECT * FROM rebuilds ORDER BY started_at DESC LIMIT 1').first()
  return row ? rebuildOf(row) : null
}

/**
 * Starts to make all rows anew from the logs, or sends one that is under way on its way again. Rows are
 * written over and never taken away, so lists go on being read meanwhile, and change as ever.
 */
export async function startRebuild(env: Env): Promise<Rebuild> {
  const newest = await newestRebuild(env.DATABASE)
  const rebuild = newest && newest.finishedAt === null ? newest : await insertRebuild(env)
  await env.PROJECTIONS.send({ rebuild: rebuild.id }, { contentType: 'json' })
  return rebuild
}

/**
 * Takes the next step of a rebuild and asks for the one after it. Where it stands is kept in the read
 * database: a doubled message meets a step that is taken already, and its chain ends there.
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
    const faults = await project(env, part)
    // Each by itself from now on: one aggregate that does not answer holds up no other.
    if (faults.length > 0)
      await env.PROJECTIONS.sendBatch(
        faults.map(({ stream }) => ({ body: { stream }, contentType: 'json' as const })),
      )
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

/** How many aggregates stand in lists. `complete` is false where there are more than were counted. */
export async function countStreams(env: Env): Promise<{ streams: number; complete: boolean }> {
  let streams = 0
  let position: Position | null = beginning
  while (position && streams < MAX_COUNTED) {
    const found: Found = await nextStreams(env, position, COUNTED_PER_STEP)
    streams += found.streams.length
    position = found.next
  }
  return { streams, complete: position === null }
}

/** Where whoever goes through all aggregates begins. */
export const beginning: Position = { shard: 0, after: null }

/** The next aggregates of one forwarder that stand in lists. @throws Error when it does not answer */
export async function nextStreams(env: Env, { shard, after }: Position, limit: number): Promise<Found> {
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
