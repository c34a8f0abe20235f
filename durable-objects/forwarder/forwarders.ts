import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { streamName } from '../../shared/stream-names.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import type { StreamsQuery } from './protocol.ts'

/** The number of forwarders unless `FORWARDERS` says otherwise. */
const DEFAULT_COUNT = 8
/** More would only make batches smaller. */
const MAX_COUNT = 256

/** Over how many forwarders new streams are spread; see `FORWARDERS`. */
export function forwarderCount({ FORWARDERS }: Pick<Env, 'FORWARDERS'>): number {
  const count = Number(FORWARDERS)
  return Number.isInteger(count) && count >= 1 && count <= MAX_COUNT ? count : DEFAULT_COUNT
}

/** The shard of a name among a number of forwarders (FNV-1a). */
export function shardOf(name: string, count: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % count
}

/** The shard of a new stream. Each stream stores the one that it got, and keeps it; see `shardOfStream`. */
export function initialShard(env: Pick<Env, 'FORWARDERS'>, { kind, id }: Stream): number {
  return shardOf(streamName(kind, id), forwarderCount(env))
}

/** The forwarder of a new stream. */
export function forwarderOf(env: Env, stream: Stream) {
  return forwarderAt(env, initialShard(env, stream))
}

/** The forwarder with this number. */
export function forwarderAt(env: Env, shard: number) {
  return env.FORWARDER.getByName(String(shard))
}

/**
 * The numbers of all forwarders that have ever been used, ascending. Streams stay with their forwarders when
 * `FORWARDERS` is lowered.
 *
 * @throws Error where the read database does not answer
 */
export async function knownForwarders(env: Env): Promise<number[]> {
  const { results } = await env.DATABASE.prepare('SELECT shard FROM forwarders').all()
  const shards = new Set(Array.from({ length: forwarderCount(env) }, (_, shard) => shard))
  for (const { shard } of results) shards.add(Number(shard))
  return [...shards].sort((a, b) => a - b)
}

/** An aggregate that has events, and its newest recorded version. */
export interface RecordedStream {
  readonly stream: Stream
  readonly lastSeenVersion: number
}

/** A page of them; `next` is where the next page begins (exclusive), `null` at the end. */
interface RecordedStreams {
  readonly streams: readonly RecordedStream[]
  readonly next: Stream | null
}

const ANSWER_TIMEOUT_MS = 10 * SECOND
/** Forwarders that are queried at the same time. */
const LOOKUP_CONCURRENCY = 8

/**
 * The shard of a stream, as its aggregate stored it when it was created; that of a new stream where there is
 * no aggregate.
 *
 * @throws Error where the aggregate does not answer
 */
export async function shardOfStream(env: Env, stream: Stream): Promise<number> {
  const { kind, id } = stream
  if (!isAggregateKind(kind)) return initialShard(env, stream)
  const asked = anyAggregateStub(env, kind, id).shard()
  return (await withTimeLimit(asked, ANSWER_TIMEOUT_MS, 'the shard')) ?? initialShard(env, stream)
}

/**
 * Finds the forwarder that has the checkpoint of a stream whose aggregate was created by a release that stored no
 * shard. It is the one that its name is hashed to, unless `FORWARDERS` was changed since. Where a forwarder of that
 * release crashed while it took the stream over, no one records it: then it is the one that forwarded most.
 *
 * @throws Error where a forwarder, or the register of them, does not answer
 */
export async function findShard(env: Env, stream: Stream): Promise<number> {
  const initial = initialShard(env, stream)
  if (await isRecorded(env, initial, stream)) return initial
  const shards = await knownForwarders(env)
  const recorded = await mapBounded(shards, LOOKUP_CONCURRENCY, (shard) => isRecorded(env, shard, stream))
  const recording = shards.find((_, index) => recorded[index])
  if (recording !== undefined) return recording
  const positions = await mapBounded(shards, LOOKUP_CONCURRENCY, async (shard) => {
    const asked = forwarderAt(env, shard).position(stream)
    return { shard, ...(await withTimeLimit(asked, ANSWER_TIMEOUT_MS, `forwarder ${shard}`)) }
  })
  const [furthest] = positions.toSorted((a, b) => b.delivered - a.delivered)
  return furthest && furthest.delivered > 0 ? furthest.shard : initial
}

/**
 * A page of the streams that one forwarder records. Over all `knownForwarders` each aggregate that has events
 * comes once.
 *
 * @throws Error when the forwarder does not answer
 */
export async function recordedStreams(
  env: Env,
  shard: number,
  query: StreamsQuery,
): Promise<RecordedStreams> {
  const asked = forwarderAt(env, shard).streams(query)
  const { streams, next } = await withTimeLimit(asked, ANSWER_TIMEOUT_MS, `forwarder ${shard}`)
  return {
    streams: streams.map(({ kind, id, lastSeenVersion }) => ({ stream: { kind, id }, lastSeenVersion })),
    next,
  }
}

async function isRecorded(env: Env, shard: number, stream: Stream): Promise<boolean> {
  return (await recordedVersion(env, shard, stream)) > 0
}

function recordedVersion(env: Env, shard: number, stream: Stream): Promise<number> {
  const asked = forwarderAt(env, shard).recordedVersion(stream)
  return withTimeLimit(asked, ANSWER_TIMEOUT_MS, `forwarder ${shard}`)
}

/** The wait after a failed write to the register (ms). */
const RETRY_AFTER_MS = MINUTE

/**
 * Enters a forwarder in the register of forwarders in D1, and today's `FORWARDERS` in the store of forwarder 0: once
 * per object lifetime and in the background. They are how streams are found whose shard is not at hand.
 */
export class ForwarderRegister {
  readonly #env: Env
  readonly #shard: number
  readonly #waitUntil: (work: Promise<unknown>) => void
  /** When it is to be entered (Unix ms). */
  #dueAt = 0
  /** Every `FORWARDERS` so far. It changes only with a deployment, which ends all objects. */
  #counts: Promise<number[]> | null = null

  constructor(env: Env, shard: number, waitUntil: (work: Promise<unknown>) => void) {
    this.#env = env
    this.#shard = shard
    this.#waitUntil = waitUntil
  }

  enter(): void {
    const now = Date.now()
    if (now < this.#dueAt) return
    this.#dueAt = Number.POSITIVE_INFINITY
    const insert = this.#env.DATABASE.prepare('INSERT OR IGNORE INTO forwarders (shard) VALUES (?)')
    const entered = Promise.all([insert.bind(this.#shard).run(), this.#forwarderCounts()])
    this.#waitUntil(
      withTimeLimit(entered, ANSWER_TIMEOUT_MS, 'the register').catch(() => {
        this.#dueAt = now + RETRY_AFTER_MS
      }),
    )
  }

  /**
   * The newest version of a stream that the forwarders recorded which it had under an earlier `FORWARDERS`; 0 if there
   * is none.
   *
   * @throws Error where one of them does not answer
   */
  async lastSeenVersionElsewhere(stream: Stream): Promise<number> {
    const name = streamName(stream.kind, stream.id)
    const shards = new Set((await this.#forwarderCounts()).map((count) => shardOf(name, count)))
    shards.delete(this.#shard)
    const asked = [...shards].map((shard) => recordedVersion(this.#env, shard, stream))
    return Math.max(0, ...(await Promise.all(asked)))
  }

  async #forwarderCounts(): Promise<number[]> {
    // All who wait share one question: one that is never answered must end for all of them.
    this.#counts ??= withTimeLimit(
      forwarderAt(this.#env, 0).recordCount(forwarderCount(this.#env)),
      ANSWER_TIMEOUT_MS,
      'forwarder 0',
    )
    try {
      return await this.#counts
    } catch (thrown) {
      this.#counts = null
      throw thrown
    }
  }
}
