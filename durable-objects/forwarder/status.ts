import type { Stream } from '../../shared/core/projection.ts'
import { instantOf } from '../../shared/core/time.ts'
import { newestVersion } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { ForwarderParts } from './parts.ts'
import type { ForwarderCondition, ForwardingPosition, KnownStreams, StreamsQuery } from './protocol.ts'

/** How far a stream has been forwarded. */
export async function forwardingPosition(parts: ForwarderParts, stream: Stream): Promise<ForwardingPosition> {
  const { store, buffers } = parts
  const checkpoint = store.checkpoint(stream)
  if (!checkpoint) return { sink: await sinkName(parts), delivered: 0, owed: 0, setAside: [], heldAt: null }
  const { sink, acknowledged, lastSeenVersion, heldAt } = checkpoint
  const newest = Math.max(lastSeenVersion, buffers.get(stream)?.targetVersion ?? 0)
  const setAside = store.deadLetterVersions(stream, sink)
  const owed = Math.max(0, newest - acknowledged)
  // It has no sink if no sink could be opened yet.
  return { sink: sink || (await sinkName(parts)), delivered: acknowledged, owed, setAside, heldAt }
}

/** The backlog, the rates, and the last error. */
export async function forwarderCondition(parts: ForwarderParts): Promise<ForwarderCondition> {
  const { store, rate } = parts
  const name = await sinkName(parts)
  const { lastError, retryAt } = parts.sink
  const { shard, delivered, dropped, filled, setAside, lastDeliveredAt } = store.totals
  const now = Date.now()
  const oldest = store.oldestBacklog()
  return {
    shard,
    sink: name,
    owed: {
      events: store.backlog.events + store.unsequenced,
      aggregates: store.backlog.streams,
      oldestAt: oldest === null ? null : instantOf(oldest),
    },
    lagMilliseconds: oldest === null ? 0 : Math.max(0, now - oldest),
    total: { delivered, dropped, filled, setAside },
    rate: rate.perSecond(now),
    lastDeliveredAt: lastDeliveredAt === null ? null : instantOf(lastDeliveredAt),
    lastError: lastError && { at: instantOf(lastError.at), error: lastError.error },
    retryAt: retryAt === null ? null : instantOf(retryAt),
    held: store.held,
  }
}

/** A page of the recorded streams, by kind and id. */
export function recordedPage(store: CheckpointStore, { kinds, after, limit }: StreamsQuery): KnownStreams {
  const checkpoints = store.checkpoints(kinds, after, limit)
  const streams = checkpoints.map((checkpoint) => ({
    ...checkpoint.stream,
    delivered: checkpoint.acknowledged,
    lastSeenVersion: newestVersion(checkpoint),
  }))
  return { streams, next: checkpoints.length < limit ? null : (checkpoints.at(-1)?.stream ?? null) }
}

/** The name of the sink; while it cannot be opened, that of the setting. */
async function sinkName({ source, sink }: ForwarderParts): Promise<string> {
  if (sink.name === null) await sink.open()
  return sink.name ?? source.env.EVENT_SINK ?? 'lake'
}
