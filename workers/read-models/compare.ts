import { z } from 'zod'
import type { Env } from '../../durable-objects/env.ts'
import type { RecordedStream } from '../../durable-objects/forwarder/forwarders.ts'
import { clock } from '../../durable-objects/sandbox/clock.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { DAY, type Instant, instantSchema, MINUTE, plus } from '../../shared/core/time.ts'
import { listingOf } from './listing.ts'
import { readModels } from './models.ts'
import { projectOrQueue } from './project.ts'
import { beginning, nextStreams } from './rebuild.ts'

/** Aggregates per step; most cost one row read in the checkpoint store and one in the read database. */
const STREAMS_PER_STEP = 400
/** For the aggregates whose rows are behind. */
const READ_CONCURRENCY = 20
/** The projection of a change this recent may still be queued: its row is written, but does not count as drift. */
const PROJECTION_GRACE_MS = 5 * MINUTE
/** From the start of one comparison to the start of the next. */
const COMPARE_INTERVAL_MS = DAY
const MAX_DAMAGED_LISTED = 20

const comparisonRow = z.object({
  id: z.string(),
  started_at: instantSchema,
  finished_at: instantSchema.nullable(),
  step: z.int(),
  streams: z.int(),
  missing: z.int(),
  stale: z.int(),
  damaged: z.string(),
  shard: z.int(),
  after: z.string().nullable(),
})
const versionRow = z.object({ id: z.string(), version: z.int() })

/** A comparison of all rows with what forwarders have seen. Times are UTC. */
export interface Comparison {
  readonly id: string
  readonly startedAt: Instant
  /** `null` while it is running. */
  readonly finishedAt: Instant | null
  /** Aggregates compared so far. */
  readonly streams: number
  /** Rows that had drifted, and were written. */
  readonly missing: number
  readonly stale: number
  /** Aggregates whose logs lack forwarded events; at most `MAX_DAMAGED_LISTED`. */
  readonly damaged: readonly Stream[]
}

/** The newest comparison; `null` if there was none. */
export async function newestComparison(database: D1Database): Promise<Comparison | null> {
  const row = await database.prepare('SELECT * FROM comparisons ORDER BY started_at DESC LIMIT 1').first()
  return row ? comparisonOf(row) : null
}

/**
 * Starts the daily comparison if it is due (or `now`), and resumes one that has stalled. Called by the schedule; costs
 * one row read if there is nothing to do.
 */
export async function keepComparing(env: Env, { now = false } = {}): Promise<void> {
  const newest = await newestComparison(env.DATABASE)
  const isOver = !newest || newest.finishedAt !== null
  if (isOver && !now && newest && plus(newest.startedAt, COMPARE_INTERVAL_MS) > clock.now()) return
  const id = isOver ? await insertComparison(env.DATABASE) : newest.id
  await env.PROJECTIONS.send({ comparison: id }, { contentType: 'json' })
}

/**
 * Runs the next step of a comparison, rewrites the rows that have drifted, and queues the step after it. Its position is
 * stored in the read database: a duplicate message finds its step done, and queues nothing.
 */
export async function continueComparison(env: Env, id: string): Promise<void> {
  const found = await env.DATABASE.prepare('SELECT * FROM comparisons WHERE id = ?').bind(id).first()
  if (!found) return
  const row = comparisonRow.parse(found)
  if (row.finished_at !== null) return
  const after = row.after === null ? null : streamSchema.parse(JSON.parse(row.after))
  const { streams, next } = await nextStreams(env, { shard: row.shard, after }, STREAMS_PER_STEP)
  const drift = await repair(env, await behind(env.DATABASE, streams))
  const before = streamSchema.array().parse(JSON.parse(row.damaged))
  const damaged = [...before, ...drift.damaged].slice(0, MAX_DAMAGED_LISTED)
  const { meta } = await env.DATABASE.prepare(
    `UPDATE comparisons SET step = step + 1, streams = streams + ?, missing = missing + ?, stale = stale + ?,
       damaged = ?, shard = ?, after = ?, finished_at = ? WHERE id = ? AND step = ?`,
  )
    .bind(
      ...[streams.length, drift.missing, drift.stale, JSON.stringify(damaged)],
      ...[next?.shard ?? row.shard, next?.after ? JSON.stringify(next.after) : null],
      ...[next ? null : clock.now(), id, row.step],
    )
    .run()
  if (meta.changes === 0) return
  if (next) await env.PROJECTIONS.send({ comparison: id }, { contentType: 'json' })
  else report({ missing: row.missing + drift.missing, stale: row.stale + drift.stale, damaged })
}

/** An aggregate whose row is missing, or older than the version that a forwarder has seen. */
interface Behind {
  readonly stream: Stream
  readonly lastSeenVersion: number
  readonly row: 'missing' | 'stale'
}

async function behind(database: D1Database, entries: readonly RecordedStream[]): Promise<Behind[]> {
  const byKind = [...Map.groupBy(entries, ({ stream }) => stream.kind)]
  if (byKind.length === 0) return []
  const found = await database.batch(
    byKind.map(([kind, ofKind]) =>
      database
        .prepare(
          `SELECT id, version FROM ${readModels.get(kind)?.table} WHERE id IN (SELECT value FROM json_each(?))`,
        )
        .bind(JSON.stringify(ofKind.map(({ stream }) => stream.id))),
    ),
  )
  return byKind.flatMap(([, ofKind], index) => {
    const rows = versionRow.array().parse(found[index]?.results ?? [])
    const versions = new Map(rows.map(({ id, version }) => [id, version]))
    return ofKind.flatMap(({ stream, lastSeenVersion }): Behind[] => {
      const version = versions.get(stream.id)
      if (version === undefined) return [{ stream, lastSeenVersion, row: 'missing' }]
      return version < lastSeenVersion ? [{ stream, lastSeenVersion, row: 'stale' }] : []
    })
  })
}

/** Writes the rows that are behind, and counts those that had drifted, without recent changes. */
async function repair(env: Env, found: readonly Behind[]) {
  const diagnosed = await mapBounded(found, READ_CONCURRENCY, async (one) => ({
    ...one,
    cause: await diagnose(env, one),
  }))
  const of = (cause: Cause) => diagnosed.filter((one) => one.cause === cause)
  const drifted = of('drifted')
  await projectOrQueue(
    env,
    diagnosed.filter(({ cause }) => cause !== 'damaged').map(({ stream }) => stream),
  )
  return {
    missing: drifted.filter(({ row }) => row === 'missing').length,
    stale: drifted.filter(({ row }) => row === 'stale').length,
    damaged: of('damaged').map(({ stream }) => stream),
  }
}

type Cause = 'drifted' | 'pending' | 'damaged' | 'unreachable'

async function diagnose(env: Env, { stream, lastSeenVersion }: Behind): Promise<Cause> {
  try {
    const present = await listingOf(env, stream)
    if (!present || present.version < lastSeenVersion) return 'damaged'
    return plus(present.updatedAt, PROJECTION_GRACE_MS) > clock.now() ? 'pending' : 'drifted'
  } catch {
    return 'unreachable'
  }
}

function report(drift: Pick<Comparison, 'missing' | 'stale' | 'damaged'>): void {
  if (drift.missing + drift.stale === 0 && drift.damaged.length === 0) return
  console.error(JSON.stringify({ level: 'error', message: 'lists had drifted from the logs', ...drift }))
}

async function insertComparison(database: D1Database): Promise<string> {
  const id = crypto.randomUUID()
  const now = clock.now()
  await database.batch([
    // Comparisons are kept for a month.
    database.prepare('DELETE FROM comparisons WHERE started_at < ?').bind(plus(now, -30 * DAY)),
    database
      .prepare(`INSERT INTO comparisons VALUES (?, ?, NULL, 0, 0, 0, 0, '[]', ?, NULL)`)
      .bind(id, now, beginning.shard),
  ])
  return id
}

function comparisonOf(row: unknown): Comparison {
  const { id, started_at, finished_at, streams, missing, stale, damaged } = comparisonRow.parse(row)
  const damagedStreams = streamSchema.array().parse(JSON.parse(damaged))
  return {
    id,
    startedAt: started_at,
    finishedAt: finished_at,
    streams,
    missing,
    stale,
    damaged: damagedStreams,
  }
}
