import { logError } from '../log-error.ts'
import type { TelemetrySource } from '../telemetry.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { ForwardingRate } from './forwarding-rate.ts'
import type { SinkConnection } from './sink-connection.ts'
import type { StreamBuffers } from './stream-buffers.ts'
import type { UnsequencedEvents } from './unsequenced-events.ts'

/** What the parts of one forwarder share. */
export interface ForwarderParts {
  readonly source: TelemetrySource
  readonly store: CheckpointStore
  readonly buffers: StreamBuffers
  readonly unsequenced: UnsequencedEvents
  readonly sink: SinkConnection
  readonly rate: ForwardingRate
  /** Starts what can be started now: reads, sends. */
  proceed(): void
  /** Sets the alarm for the backlog, in the same transaction as what was recorded. */
  arm(): void
}

/** Logs a fault of a forwarder, each cause once a minute. */
export function logForwarderError(shard: number, where: string, fault: string): void {
  logError(`forwarder ${where}`, fault, { forwarder: shard, where, fault })
}
