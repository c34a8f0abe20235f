import type { PublishedMessage } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import type {
  DeadLetterReference,
  DeadLetterRetried,
  ForwarderCondition,
  ForwardingPosition,
  KnownStreams,
  Redelivered,
  Redelivery,
  StreamsQuery,
} from './position.ts'

/** What a forwarder offers to others; its class says how. */
export interface ForwarderRpc extends Rpc.DurableObjectBranded {
  forward(messages: PublishedMessage[]): Promise<void>
  position(stream: Stream): Promise<ForwardingPosition>
  condition(): Promise<ForwarderCondition>
  streams(query: StreamsQuery): Promise<KnownStreams>
  lastSeenVersion(stream: Stream): Promise<number>
  recordedVersion(stream: Stream): Promise<number>
  recordCount(count: number): Promise<number[]>
  redeliver(page: Redelivery): Promise<Redelivered>
  retryDeadLetter(reference: DeadLetterReference): Promise<DeadLetterRetried>
}
