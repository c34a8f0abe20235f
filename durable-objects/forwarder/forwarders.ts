import type { Stream } from '../../shared/core/projection.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'

/** The number of forwarders unless `FORWARDERS` says otherwise. */
const DEFAULT_COUNT = 8
/** More would only make batches smaller. */
const MAX_COUNT = 256

/** Over how many forwarders new streams are spread; see `FORWARDERS`. */
export function forwarderCount({ FORWARDERS }: Pick<Env, 'FORWARDERS'>): number {
  const count = Number(FORWARDERS)
  return Number.isInteger(count) && count >= 1 && count <= MAX_COUNT ? count : DEFAULT_COUNT
}

/** Which of so many forwarders a name belongs to (FNV-1a): the same one always. */
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
