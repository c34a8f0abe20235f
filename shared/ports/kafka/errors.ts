import { PortError } from '../port-error.ts'

export interface KafkaFault {
  /**
   * - `retry`: the same batch may be accepted later
   * - `topic`: this topic does not exist or is not allowed; others may work
   * - `refused`: the broker rejects this batch; a part of it may be accepted
   * - `moved`: partitions have other leaders than expected; the same batch may be accepted now
   * - `renumber`: the broker no longer accepts this producer's sequence numbers; a new producer is needed
   */
  readonly kind: 'retry' | 'topic' | 'refused' | 'moved' | 'renumber'
  /** Which fault, without anything personal or secret. */
  readonly error: string
}

/** Faults of the batch itself (kafka.apache.org/protocol#protocol_error_codes). */
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP'])

/** Faults of one topic. */
const TOPIC = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED'])

/** Faults of the producer's id, epoch or sequence. */
const RENUMBER = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
])

/** Hints for the operator, by the name of the error in kafkajs. */
const SETTINGS: ReadonlyMap<string, string> = new Map([
  ['KafkaJSSASLAuthenticationError', 'see KAFKA_AUTHENTICATION and its credentials'],
  ['KafkaJSConnectionError', 'if the brokers are up, see KAFKA_BROKERS and KAFKA_TLS'],
  // A broker hangs up on a client that does not speak as its port expects.
  ['KafkaJSConnectionClosedError', 'if the brokers are up, see KAFKA_TLS and KAFKA_AUTHENTICATION'],
])

/** The message of an unnamed error of kafkajs: its connection ended before the request. */
const NOT_CONNECTED = 'Broker not connected'

const NUMBERED_ANEW = 'a new producer goes on, and what was under way may arrive twice'

/** Thrown when partitions have other leaders than a request was made for. */
export class LeadersMoved extends Error {
  override readonly name = 'LeadersMoved'
  /** Read by kafkajs. */
  readonly retriable = false
}

/** Thrown when a request neither succeeds nor fails in time. */
export class RequestLost extends Error {
  override readonly name = 'RequestLost'
}

/** Classifies what Kafka's client throws; an unknown error is retried. */
export function kafkaFault(thrown: unknown): KafkaFault {
  const chain = causes(thrown)
  if (chain.some((error) => error instanceof LeadersMoved))
    return { kind: 'moved', error: 'Kafka: partitions have moved to other brokers' }
  if (chain.some((error) => error instanceof RequestLost))
    return { kind: 'renumber', error: `Kafka: a request got lost: ${NUMBERED_ANEW}` }
  for (const error of chain)
    if ('type' in error && typeof error.type === 'string') return protocolFault(error.type, error.message)
  // The first cause is the most specific: the errors around it only report several attempts.
  const cause = chain.at(-1)
  if (cause instanceof PortError || (cause && /^KafkaJS/.test(cause.name))) {
    const setting = SETTINGS.get(cause.name)
    return { kind: 'retry', error: `Kafka: ${cause.message}${setting ? `; ${setting}` : ''}` }
  }
  if (cause?.message === NOT_CONNECTED) return { kind: 'retry', error: `Kafka: ${NOT_CONNECTED}` }
  return { kind: 'retry', error: `Kafka: ${cause?.name ?? 'unknown error'}` }
}

function protocolFault(type: string, message: string): KafkaFault {
  if (RENUMBER.has(type)) return { kind: 'renumber', error: `Kafka: ${type}: ${NUMBERED_ANEW}` }
  const error = `Kafka: ${type}: ${message}`
  if (TOPIC.has(type)) return { kind: 'topic', error: `${error}; see KAFKA_TOPIC, or the target of a replay` }
  return { kind: REFUSED.has(type) ? 'refused' : 'retry', error }
}

/** An error and what it was caused by, outermost first. */
function causes(thrown: unknown): Error[] {
  const chain: Error[] = []
  let error = thrown
  while (error instanceof Error && !chain.includes(error)) {
    chain.push(error)
    error = error.cause
  }
  return chain
}
