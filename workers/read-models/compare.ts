import { z } from 'zod'
import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import type { RecordedStream } from '../../durable-objects/forwarder/shards.ts'
import { clock } from '../../durable-objects/sandbox/clock.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { DAY, type Instant, instantSchema, MINUTE, plus, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { readModels } from './models.ts'
import { project } from './project.ts'
import { beginning, nextStreams } from './rebuild.ts'

/** Aggregates that one step compares; most cost a row read in the ledger and one in the read database. */
const STREAMS_PER_STEP = 400
/** Aggregates that are looked at at the same time, and how long each may take (ms). */
const LOOK_CONCURRENCY = 20
const LOOK_TIMEOUT_MS = 10 * SECOND
/** What changed so lately (ms) may still be on its way to its row: it is written, and not called drift. */
const PROJECTION_GRACE_MS = 5 * MINUTE
/** A new comparison begins so long after the last one began (ms). */
const COMPARE_INTERVAL_MS = DAY
/** At most so many damaged aggregates are named. */
const MAX_NAMED = 20

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

/** One time that all rows were compared with what forwarders have seen. Times are UTC. */
export interface Comparison {
  readonly id: string
  readonly startedAt: Instant
  /** `null` while it is under way. */
  readonly finishedAt: Instant | null
  /** Aggregates that were compared, and rows of them that were missing or stale, and were written. */
  readonly streams: number
  readonly missing: number
  readonly stale: number
  /** Aggregates whose logs lack what was forwarded of them; some, if there are many. */
  readonly damaged: readonly Stream[]
}

/** The newest comparison; `null` if there was none. */
export async function newestComparison(database: D1Database): Promise<Comparison | null> {
  const row = await database.prepare('SELECT * FROM comparisons ORDER BY started_at DESC LIMIT 1').first()
  return row ? comparisonOf(row) : null
}

/**
 * Sees that rows are compared once a day: begins when it is time (`now`: whenever it is asked), and sends one that
 * came to a halt on its way again. To be called by the schedule; costs one row read when nothing is to be done.
 */
export async function keepComparing(env: Env, { now = false } = {}): Promise<void> {
  const newest = await newestComparison(env.DATABASE)
  const isOver = !newest || newest.finishedAt !== null
  if (isOver && !now && newest && plus(newest.startedAt, COMPARE_INTERVAL_MS) > clock.now()) return
  const id = isOver ? await insertComparison(env.DATABASE) : newest.id
  await env.PROJECTIONS.send({ comparison: id }, { contentType: 'json' })
}

/**
 * Compares the next aggregates and asks for the step after it; what has drifted is written anew. Where it stands is
 * kept in the read database, so that a doubled message meets a step that is taken already, and its chain ends there.
 */
export async function continueComparison(env: Env, id: string): Promise<void> {
  const found = await env.DATABASE.prepare('SELECT * FROM comparisons WHERE id = ?').bind(id).first()
  if (!found) return
  const row = comparisonRow.parse(found)
  if (row.finished_at !== null) return
  const after = row.after === null ? null : streamSchema.parse(JSON.parse(row.after))
  const { streams, next } = await nextStreams(env, { shard: row.shard, after }, STREAMS_PER_STEP)
  const drift = await repaired(env, await behind(env.DATABASE, streams))
  const before = streamSchema.array().parse(JSON.parse(row.damaged))
  const damaged = [...before, ...drift.damaged].slice(0, MAX_NAMED)
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

/** An aggregate whose row is missing, or of an older version than a forwarder has seen. */
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

/** Writes the rows of those that are behind, and tells how many of them had drifted, and not only just changed. */
async function repaired(env: Env, found: readonly Behind[]) {
  const looked = await mapBounded(found, LOOK_CONCURRENCY, async (one) => ({
    ...one,
    is: await look(env, one),
  }))
  const those = (is: Look) => looked.filter((one) => one.is === is)
  const drifted = those('drifted')
  const mendable = looked.filter(({ is }) => is !== 'damaged').map(({ stream }) => stream)
  const faults = await project(env, mendable)
  // Each by itself from now on: one aggregate that does not answer holds up no other.
  if (faults.length > 0)
    await env.PROJECTIONS.sendBatch(
      faults.map(({ stream }) => ({ body: { stream }, contentType: 'json' as const })),
    )
  return {
    missing: drifted.filter(({ row }) => row === 'missing').length,
    stale: drifted.filter(({ row }) => row === 'stale').length,
    damaged: those('damaged').map(({ stream }) => stream),
  }
}

type Look = 'drifted' | 'on its way' | 'damaged' | 'silent'

async function look(env: Env, { stream, lastSeenVersion }: Behind): Promise<Look> {
  const { kind, id } = stream
  try {
    const listing = anyAggregateStub(env, kind, id).listing()
    const present = await withTimeLimit(listing, LOOK_TIMEOUT_MS, `a look at ${kind} ${id}`)
    if (!present || present.version < lastSeenVersion) return 'damaged'
    return plus(present.updatedAt, PROJECTION_GRACE_MS) > clock.now() ? 'on its way' : 'drifted'
  } catch {
    return 'silent'
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
    // A month of them is enough to look back at.
    database.prepare('DELETE FROM comparisons WHERE started_at < ?').bind(plus(now, -30 * DAY)),
    database
      .prepare(`INSERT INTO comparisons VALUES (?, ?, NULL, 0, 0, 0, 0, '[]', ?, NULL)`)
      .bind(id, now, beginning.shard),
  ])
  return id
}

function comparisonOf(row: unknown): Comparison {
  const { id, started_at, finished_at, streams, missing, stale, damaged } = comparisonRow.parse(row)
  const named = streamSchema.array().parse(JSON.parse(damaged))
  return { id, startedAt: started_at, finishedAt: finished_at, streams, missing, stale, damaged: named }
}
