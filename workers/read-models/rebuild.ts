import { z } from 'zod'
import { clock } from '../../durable-objects/clock.ts'
import type { Env } from '../../durable-objects/env.ts'
import { type Instant, instantSchema } from '../../shared/core/time.ts'
import { lakeBeginning, nextStreams } from './lake-streams.ts'
import { project } from './project.ts'

/** Objects of the lake that one step reads; each holds a hundred events at most. */
const OBJECTS_A_STEP = 8
/** Rows that are written in one transaction. */
const ROWS_AT_ONCE = 100
/** Objects that a count reads at most; it says when there are more. */
const OBJECTS_COUNTED = 500

const rebuildRow = z.object({
  id: z.string(),
  started_at: instantSchema,
  finished_at: instantSchema.nullable(),
  step: z.int(),
  streams: z.int(),
  prefix: z.string(),
  after: z.string(),
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
  /** The part of the lake that it reads. */
  readonly prefix: string
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
  const { streams, next } = await nextStreams(env.LAKE, row, OBJECTS_A_STEP)
  for (let first = 0; first < streams.length; first += ROWS_AT_ONCE) {
    const faults = await project(env, streams.slice(first, first + ROWS_AT_ONCE))
    // Each by itself from now on: one aggregate that does not answer holds up no other.
    if (faults.length > 0)
      await env.PROJECTIONS.sendBatch(
        faults.map(({ stream }) => ({ body: { stream }, contentType: 'json' as const })),
      )
  }
  const { meta } = await env.DATABASE.prepare(
    `UPDATE rebuilds SET step = step + 1, streams = streams + ?, prefix = ?, after = ?, finished_at = ?
     WHERE id = ? AND step = ?`,
  )
    .bind(streams.length, next?.prefix ?? '', next?.after ?? '', next ? null : clock.now(), id, row.step)
    .run()
  if (next && meta.changes > 0) await env.PROJECTIONS.send({ rebuild: id }, { contentType: 'json' })
}

/** How many streams the lake holds. `complete` is false where there are more than were counted. */
export async function countStreams(lake: R2Bucket): Promise<{ streams: number; complete: boolean }> {
  const { streams, next } = await nextStreams(lake, lakeBeginning, OBJECTS_COUNTED)
  return { streams: streams.length, complete: next === null }
}

async function insertRebuild({ DATABASE: database }: Env): Promise<Rebuild> {
  const { prefix, after } = lakeBeginning
  const row = await database
    .prepare(
      `INSERT INTO rebuilds (id, started_at, finished_at, step, streams, prefix, after)
       VALUES (?, ?, NULL, 0, 0, ?, ?) RETURNING *`,
    )
    .bind(crypto.randomUUID(), clock.now(), prefix, after)
    .first()
  return rebuildOf(row)
}

function rebuildOf(row: unknown): Rebuild {
  const { id, started_at, finished_at, step, streams, prefix } = rebuildRow.parse(row)
  return { id, startedAt: started_at, finishedAt: finished_at, steps: step, streams, prefix }
}
