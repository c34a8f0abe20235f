import type { Stream } from '../../shared/core/projection.ts'
import { instantOf } from '../../shared/core/time.ts'
import { newestVersion } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { ForwardingRate } from './forwarding-rate.ts'
import type { ForwarderCondition, ForwardingPosition, KnownStreams, StreamsQuery } from './position.ts'
import type { SinkConnection } from './sink-connection.ts'
import type { StreamBuffers } from './stream-buffers.ts'

interface StatusParts {
  readonly store: CheckpointStore
  readonly buffers: StreamBuffers
  readonly sink: SinkConnection
  readonly rate: ForwardingRate
  /** The name of the sink while none was opened yet. */
  readonly configuredSink: string
}

/** What can be asked about a forwarder. */
export class ForwarderStatus {
  readonly #parts: StatusParts

  constructor(parts: StatusParts) {
    this.#parts = parts
  }

  /** How far a stream has been forwarded. */
  async position(stream: Stream): Promise<ForwardingPosition> {
    const { store, buffers } = this.#parts
    const checkpoint = store.checkpoint(stream)
    if (!checkpoint)
      return { sink: await this.#sinkName(), delivered: 0, owed: 0, setAside: [], heldAt: null }
    const { sink, acknowledged, lastSeenVersion, heldAt } = checkpoint
    const newest = Math.max(lastSeenVersion, buffers.get(stream)?.targetVersion ?? 0)
    const setAside = store.deadLetterVersions(stream, sink)
    const owed = Math.max(0, newest - acknowledged)
    // It has no sink if it was first met while none could be opened.
    return { sink: sink || (await this.#sinkName()), delivered: acknowledged, owed, setAside, heldAt }
  }

  /** The backlog, the rates, and the last error. */
  async condition(): Promise<ForwarderCondition> {
    const { store, rate } = this.#parts
    const sinkName = await this.#sinkName()
    const { lastError, retryAt } = this.#parts.sink
    const { shard, delivered, dropped, filled, setAside, lastDeliveredAt } = store.totals
    const now = Date.now()
    const oldest = store.oldestBacklog()
    return {
      shard,
      sink: sinkName,
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
  streams({ kinds, after, limit }: StreamsQuery): KnownStreams {
    const checkpoints = this.#parts.store.checkpoints(kinds, after, limit)
    const streams = checkpoints.map((checkpoint) => ({
      ...checkpoint.stream,
      delivered: checkpoint.acknowledged,
      lastSeenVersion: newestVersion(checkpoint),
    }))
    return { streams, next: checkpoints.length < limit ? null : (checkpoints.at(-1)?.stream ?? null) }
  }

  async #sinkName(): Promise<string> {
    const { sink, configuredSink } = this.#parts
    if (sink.name === null) await sink.open()
    return sink.name ?? configuredSink
  }
}
