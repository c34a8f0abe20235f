import { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { PortError } from '../port-error.ts'
import { kafkaFault, LeadersMoved, RequestLost } from './errors.ts'

function protocolError(type: string): Error {
  return new KafkaJSProtocolError(
    Object.assign(new Error(`about ${type}`), { type, code: 1, retriable: false }),
  )
}

describe('a fault of Kafka', () => {
  it.each([
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry'],
    ['REQUEST_TIMED_OUT', 'retry'],
    ['UNKNOWN', 'retry'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'retry'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'topic'],
    ['TOPIC_AUTHORIZATION_FAILED', 'topic'],
    ['MESSAGE_TOO_LARGE', 'refused'],
    ['RECORD_LIST_TOO_LARGE', 'refused'],
    ['INVALID_RECORD', 'refused'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'renumber'],
    ['UNKNOWN_PRODUCER_ID', 'renumber'],
    ['DUPLICATE_SEQUENCE_NUMBER', 'renumber'],
  ])('is sorted by what the broker says: %s is %s', (type, kind) => {
    const fault = kafkaFault(protocolError(type))
    expect(fault.kind).toBe(kind)
    expect(fault.error).toContain(type)
  })

  it('is found within what it was wrapped in', () => {
    const wrapped = new KafkaJSNumberOfRetriesExceeded(protocolError('MESSAGE_TOO_LARGE'), {
      retryCount: 1,
      retryTime: 1,
    })
    expect(kafkaFault(wrapped).kind).toBe('refused')
  })

  it('is tried again when it is about reaching it, and says what kafkajs or we ourselves say', () => {
    const denied = new KafkaJSNonRetriableError('SASL authentication failed')
    expect(kafkaFault(denied)).toEqual({ kind: 'retry', error: 'Kafka: SASL authentication failed' })
    const role = new PortError('unavailable', 'aws', 'the role cannot be assumed')
    expect(kafkaFault(role)).toEqual({ kind: 'retry', error: 'Kafka: the role cannot be assumed' })
  })

  it('names the variables that an operator may have to mend', () => {
    const named = (name: string) => Object.assign(new KafkaJSNonRetriableError('It failed'), { name })
    expect(kafkaFault(named('KafkaJSConnectionError')).error).toMatch(
      /It failed; .*KAFKA_BROKERS and KAFKA_TLS/,
    )
    expect(kafkaFault(named('KafkaJSConnectionClosedError')).error).toMatch(
      /KAFKA_TLS and KAFKA_AUTHENTICATION/,
    )
    expect(kafkaFault(named('KafkaJSSASLAuthenticationError')).error).toMatch(/KAFKA_AUTHENTICATION/)
    expect(kafkaFault(protocolError('UNKNOWN_TOPIC_OR_PARTITION')).error).toContain('KAFKA_TOPIC')
  })

  it('says that the connection had ended, for which kafkajs has no name', () => {
    expect(kafkaFault(new Error('Broker not connected')).error).toBe('Kafka: Broker not connected')
  })

  it('quotes nobody else, who might quote an event', () => {
    expect(kafkaFault(new TypeError('cannot read ada@example.com'))).toEqual({
      kind: 'retry',
      error: 'Kafka: TypeError',
    })
    expect(kafkaFault('ada@example.com')).toEqual({ kind: 'retry', error: 'Kafka: unknown error' })
  })

  it('says when events may arrive twice', () => {
    expect(kafkaFault(protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER')).error).toContain('may arrive twice')
    expect(kafkaFault(new RequestLost())).toMatchObject({
      kind: 'renumber',
      error: expect.stringContaining('may arrive twice'),
    })
    expect(kafkaFault(new LeadersMoved()).kind).toBe('moved')
  })
})
