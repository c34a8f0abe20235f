import type { Stream } from '../../shared/core/projection.ts'

/** What a forwarder knows of one stream. Times are Unix ms. */
export interface StreamCheckpoint {
  readonly stream: Stream
  /** The sink that `acknowledged` counts for; empty while none could be opened. */
  readonly sink: string
  /** The sink has every version up to here, except dead letters. */
  readonly acknowledged: number
  /** The newest recorded version. The versions after `acknowledged` up to this one are the backlog. */
  readonly lastSeenVersion: number
  readonly backlogSince: number | null
  /** When the backlog is sent next; `null` when there is none, or it is held. */
  readonly dueAt: number | null
  /** Consecutive failed reads of the stream's log. */
  readonly failedReads: number
  /** In strict order: the dead-lettered version that later ones wait for. */
  readonly heldAt: number | null
}

/**
 * The checkpoint of a stream for a sink. A stream without one begins after `confirmed`, the version up to which
 * its aggregate knows it to be recorded; a stream that another sink had begins at version 1.
 */
export function checkpointFor(
  sink: string | null,
  stream: Stream,
  stored: StreamCheckpoint | null,
  confirmed: number,
): StreamCheckpoint {
  if (!stored)
    return {
      stream,
      sink: sink ?? '',
      acknowledged: confirmed,
      lastSeenVersion: confirmed,
      backlogSince: null,
      dueAt: null,
      failedReads: 0,
      heldAt: null,
    }
  if (sink === null || stored.sink === sink) return stored
  if (stored.sink === '') return { ...stored, sink }
  const dueAt = stored.heldAt === null ? stored.dueAt : stored.backlogSince
  return { ...stored, sink, acknowledged: 0, heldAt: null, dueAt }
}

/** With versions up to `lastSeenVersion` recorded, to be sent from now on (Unix ms). */
export function withBacklog(
  checkpoint: StreamCheckpoint,
  lastSeenVersion: number,
  now: number,
): StreamCheckpoint {
  return {
    ...checkpoint,
    lastSeenVersion: Math.max(checkpoint.lastSeenVersion, lastSeenVersion),
    backlogSince: checkpoint.backlogSince ?? now,
    dueAt: checkpoint.heldAt === null ? (checkpoint.dueAt ?? now) : null,
  }
}

/** With everything up to a version acknowledged. What is recorded beyond it remains backlog. */
export function withAcknowledged(checkpoint: StreamCheckpoint, acknowledged: number): StreamCheckpoint {
  const lastSeenVersion = Math.max(checkpoint.lastSeenVersion, acknowledged)
  const hasBacklog = lastSeenVersion > acknowledged && checkpoint.backlogSince !== null
  return {
    ...checkpoint,
    acknowledged,
    lastSeenVersion,
    backlogSince: hasBacklog ? checkpoint.backlogSince : null,
    dueAt: hasBacklog ? checkpoint.dueAt : null,
    failedReads: 0,
  }
}

/** The newest recorded version of a stream, acknowledged or not. */
export function newestVersion({ acknowledged, lastSeenVersion }: StreamCheckpoint): number {
  return Math.max(acknowledged, lastSeenVersion)
}

/** How many versions of a stream are backlog. */
export function backlogOf({ lastSeenVersion, acknowledged, backlogSince }: StreamCheckpoint): number {
  return backlogSince === null ? 0 : lastSeenVersion - acknowledged
}
