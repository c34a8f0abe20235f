import { PortError } from '../port-error.ts'
import { AuthenticationError, ConnectionError, errorName, ProtocolError } from './protocol/errors.ts'

export interface KafkaFault {
  /**
   * - `retry`: the same batch may be accepted later
   * - `lost`: a broker cannot be reached or did not answer; the same batch may be accepted over a new connection
   * - `moved`: the broker does not lead the partition, or is not ready yet; the same batch may be accepted in a moment
   * - `topic`: this topic does not exist or is not allowed; others may work
   * - `refused`: the broker rejects this batch; a part of it may be accepted
   * - `renumber`: the broker no longer accepts this producer's sequence numbers; a new producer is needed
   */
  readonly kind: 'retry' | 'lost' | 'moved' | 'topic' | 'refused' | 'renumber'
  /** Which fault, without anything personal or secret. */
  readonly error: string
}

/** Faults of the batch itself (kafka.apache.org/protocol#protocol_error_codes). */
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP'])

/** Faults of one topic. */
const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION'
const TOPIC = new Set([UNKNOWN_TOPIC, 'INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED'])

/** A broker's word that it does not lead the partition, or that it or a leader has only just begun. */
const MOVED = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
])

/** Faults of the producer's id, epoch or sequence. */
const RENUMBER = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
])

const NUMBERED_ANEW = 'a new producer goes on, and what was under way may arrive twice'

/** Thrown when a partition has gone, with its topic, that a batch in doubt was for. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost'
}

/** Classifies what was thrown on the way to Kafka; an unknown error is retried. */
export function kafkaFault(thrown: unknown): KafkaFault {
  if (thrown instanceof ProtocolError) return protocolFault(thrown.code)
  if (thrown instanceof ConnectionError) {
    // A broker hangs up on a client that does not speak as its port expects.
    const other = thrown.kind === 'ended' ? 'KAFKA_AUTHENTICATION' : 'KAFKA_BROKERS'
    return {
      kind: 'lost',
      error: `Kafka: ${thrown.message}; if the brokers are up, see KAFKA_TLS and ${other}`,
    }
  }
  if (thrown instanceof AuthenticationError)
    return { kind: 'retry', error: `Kafka: ${thrown.message}; see KAFKA_AUTHENTICATION and its credentials` }
  if (thrown instanceof PartitionLost)
    return { kind: 'renumber', error: `Kafka: a partition has gone: ${NUMBERED_ANEW}` }
  if (thrown instanceof PortError) return { kind: 'retry', error: `Kafka: ${thrown.message}` }
  return { kind: 'retry', error: `Kafka: ${thrown instanceof Error ? thrown.name : 'unknown error'}` }
}

/** Classifies the error number of a batch that a broker has not stored. */
export function batchFault(code: number): KafkaFault {
  const fault = protocolFault(code)
  // Also what a broker says of a partition that was taken from it; if the topic is gone, looking it up tells.
  return errorName(code) === UNKNOWN_TOPIC ? { ...fault, kind: 'moved' } : fault
}

function protocolFault(code: number): KafkaFault {
  const name = errorName(code)
  const error = `Kafka: ${name}`
  if (RENUMBER.has(name)) return { kind: 'renumber', error: `${error}: ${NUMBERED_ANEW}` }
  if (TOPIC.has(name)) return { kind: 'topic', error: `${error}; see KAFKA_TOPIC, or the target of a replay` }
  if (MOVED.has(name)) return { kind: 'moved', error }
  return { kind: REFUSED.has(name) ? 'refused' : 'retry', error }
}
