import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import type { Env } from '../env.ts'
import { forwarderAt, shardOfStream } from './forwarders.ts'

/** What it knows a forwarder tells in this time (ms). */
const TELL_WITHIN = 10 * SECOND
/** Forwarders that are asked at the same time. */
const ASKED_AT_ONCE = 8

/** An aggregate that has events, and the newest version that a forwarder has on its books. */
export interface DirectoryEntry {
  readonly stream: Stream
  readonly lastSeenVersion: number
}

/** A part of the directory; `next` is what to go on after, `null` at the end of this forwarder. */
export interface DirectoryPage {
  readonly streams: readonly DirectoryEntry[]
  readonly next: Stream | null
}

/**
 * Aggregates that have events, page by page: those in the ledger of one forwarder. What belongs to another one since
 * the number of forwarders changed is left to that one, if it knows of it by now. So, all forwarders
 * together name each aggregate once.
 *
 * @throws Error when a forwarder does not answer
 */
export async function directoryPage(
  env: Env,
  shard: number,
  query: { kinds?: string[]; after: Stream | null; limit: number },
): Promise<DirectoryPage> {
  const { streams, next } = await withTimeLimit(
    forwarderAt(env, shard).streams(query),
    TELL_WITHIN,
    'a look into a ledger',
  )
  const entries = streams.map(({ kind, id, lastSeenVersion }) => ({ stream: { kind, id }, lastSeenVersion }))
  const strangers = entries
    .map(({ stream }) => stream)
    .filter((stream) => shardOfStream(env, stream) !== shard)
  const moved = new Set(await knownAtHome(env, strangers))
  return { streams: entries.filter(({ stream }) => !moved.has(stream)), next }
}

/** Those of some aggregates that the forwarder knows which they belong to now. @throws Error as above */
export async function knownAtHome(env: Env, streams: readonly Stream[]): Promise<Stream[]> {
  const homes = Map.groupBy(streams, (stream) => shardOfStream(env, stream))
  const known = await mapBounded([...homes], ASKED_AT_ONCE, ([shard, asked]) => knownAt(env, shard, asked))
  return known.flat()
}

/** Those of some aggregates that a forwarder knows. @throws Error as above */
export async function knownAt(env: Env, shard: number, streams: Stream[]): Promise<Stream[]> {
  const answers = await withTimeLimit(
    forwarderAt(env, shard).knows(streams),
    TELL_WITHIN,
    'a look into a ledger',
  )
  return streams.filter((_, index) => answers[index])
}
