import { describe, expect, it } from 'vitest'
import { PortError } from '../port-error.ts'
import { batchFault, kafkaFault, PartitionLost } from './errors.ts'
import { AuthenticationError, ConnectionError, ProtocolError } from './protocol/errors.ts'

describe('a fault of Kafka', () => {
  it.each([
    [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry'],
    [7, 'REQUEST_TIMED_OUT', 'retry'],
    [-1, 'UNKNOWN_SERVER_ERROR', 'retry'],
    [999, 'ERROR_999', 'retry'],
    [31, 'CLUSTER_AUTHORIZATION_FAILED', 'retry'],
    [6, 'NOT_LEADER_OR_FOLLOWER', 'moved'],
    [5, 'LEADER_NOT_AVAILABLE', 'moved'],
    [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'moved'],
    [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'topic'],
    [29, 'TOPIC_AUTHORIZATION_FAILED', 'topic'],
    [10, 'MESSAGE_TOO_LARGE', 'refused'],
    [18, 'RECORD_LIST_TOO_LARGE', 'refused'],
    [87, 'INVALID_RECORD', 'refused'],
    [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'renumber'],
    [59, 'UNKNOWN_PRODUCER_ID', 'renumber'],
    [46, 'DUPLICATE_SEQUENCE_NUMBER', 'renumber'],
  ])('is sorted by what the broker says: %i, %s, is %s', (code, name, kind) => {
    const fault = kafkaFault(new ProtocolError(code))
    expect(fault.kind).toBe(kind)
    expect(fault.error).toContain(`Kafka: ${name}`)
  })

  it('of a batch whose partition a broker does not know may be that of another broker', () => {
    expect(batchFault(3).kind).toBe('moved')
    expect(batchFault(10).kind).toBe('refused')
  })

  it('names the variables that an operator may have to mend', () => {
    expect(kafkaFault(new ConnectionError('unreachable', 'no connection to b:9'))).toEqual({
      kind: 'lost',
      error: 'Kafka: no connection to b:9; if the brokers are up, see KAFKA_TLS and KAFKA_BROKERS',
    })
    expect(kafkaFault(new ConnectionError('ended', 'it ended')).error).toMatch(
      /it ended; .*KAFKA_TLS and KAFKA_AUTHENTICATION/,
    )
    expect(kafkaFault(new AuthenticationError('denied'))).toEqual({
      kind: 'retry',
      error: 'Kafka: denied; see KAFKA_AUTHENTICATION and its credentials',
    })
    expect(kafkaFault(new ProtocolError(3)).error).toContain('KAFKA_TOPIC')
  })

  it('quotes what we ourselves say, and nobody else, who might quote an event', () => {
    const role = new PortError('unavailable', 'aws', 'the role cannot be assumed')
    expect(kafkaFault(role)).toEqual({ kind: 'retry', error: 'Kafka: the role cannot be assumed' })
    expect(kafkaFault(new TypeError('cannot read ada@example.com'))).toEqual({
      kind: 'retry',
      error: 'Kafka: TypeError',
    })
    expect(kafkaFault('ada@example.com')).toEqual({ kind: 'retry', error: 'Kafka: unknown error' })
  })

  it('says when events may arrive twice', () => {
    for (const fault of [batchFault(45), kafkaFault(new PartitionLost())])
      expect(fault).toMatchObject({ kind: 'renumber', error: expect.stringContaining('may arrive twice') })
  })
})
