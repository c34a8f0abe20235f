import { describe, expect, it } from 'vitest'
import { kafkaSettings, topicOf } from './settings.ts'

const PRODUCTION = {
  KAFKA_BROKERS: 'b-1.example.com:9196, b-2.example.com:9196',
  KAFKA_AUTHENTICATION: 'scram-sha-512',
  KAFKA_USERNAME: 'petrel',
  KAFKA_PASSWORD: 'a secret',
}
const DEVELOPMENT = {
  KAFKA_BROKERS: 'localhost:9092',
  KAFKA_AUTHENTICATION: 'none',
  KAFKA_TLS: 'false',
  ENVIRONMENT: 'development',
}
const AWS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'another secret',
}

describe('settings of Kafka', () => {
  it('are read from bindings, with TLS and one topic unless told otherwise', () => {
    expect(kafkaSettings(PRODUCTION)).toEqual({
      brokers: ['b-1.example.com:9196', 'b-2.example.com:9196'],
      topic: 'petrel-events',
      tls: true,
      authentication: { mechanism: 'scram-sha-512', username: 'petrel', password: 'a secret' },
      maxBatchBytes: 1_000_000,
    })
    expect(
      kafkaSettings({ ...DEVELOPMENT, KAFKA_TOPIC: 'shop.{context}', KAFKA_MAX_BATCH_BYTES: '20000' }),
    ).toEqual({
      brokers: ['localhost:9092'],
      topic: 'shop.{context}',
      tls: false,
      authentication: { mechanism: 'none' },
      maxBatchBytes: 20_000,
    })
    expect(
      kafkaSettings({ ...PRODUCTION, ...AWS, KAFKA_AUTHENTICATION: 'msk-iam', KAFKA_TOPIC: '' }, 'again'),
    ).toMatchObject({ topic: 'again', authentication: { mechanism: 'msk-iam', region: 'eu-central-1' } })
  })

  it.each([
    ['KAFKA_BROKERS', { KAFKA_BROKERS: 'localhost' }],
    ['KAFKA_BROKERS', { KAFKA_BROKERS: '' }],
    ['KAFKA_TOPIC', { KAFKA_TOPIC: 'no spaces' }],
    ['KAFKA_TOPIC', { KAFKA_TOPIC: 'x'.repeat(250) }],
    ['KAFKA_TOPIC', { KAFKA_TOPIC: '{tenant}' }],
    ['KAFKA_AUTHENTICATION', { KAFKA_AUTHENTICATION: 'plain' }],
    ['KAFKA_AUTHENTICATION', { KAFKA_AUTHENTICATION: '' }],
    ['KAFKA_TLS', { KAFKA_TLS: 'no' }],
    ['KAFKA_USERNAME', { KAFKA_USERNAME: '' }],
    ['KAFKA_PASSWORD', { KAFKA_PASSWORD: undefined }],
    ['KAFKA_MAX_BATCH_BYTES', { KAFKA_MAX_BATCH_BYTES: '1MB' }],
    ['AWS_REGION', { KAFKA_AUTHENTICATION: 'msk-iam' }],
  ])('name %s when it is wrong, and no value: %j', (name, wrong) => {
    const read = () => kafkaSettings({ ...PRODUCTION, ...wrong })
    expect(read).toThrow(name)
    expect(read).not.toThrow('a secret')
  })

  it('leave out authentication and TLS in development only', () => {
    const { ENVIRONMENT: _, ...elsewhere } = DEVELOPMENT
    expect(() => kafkaSettings(elsewhere)).toThrow('KAFKA_AUTHENTICATION is none, which is for development')
    expect(() => kafkaSettings({ ...PRODUCTION, KAFKA_TLS: 'false', ENVIRONMENT: 'staging' })).toThrow(
      'KAFKA_TLS is false, which is for development',
    )
    expect(kafkaSettings({ ...PRODUCTION, KAFKA_TLS: 'false', ENVIRONMENT: 'development' }).tls).toBe(false)
  })

  it('take no target that is no topic', () => {
    expect(() => kafkaSettings(PRODUCTION, '../x')).toThrow("the target is no topic's name")
    expect(() => kafkaSettings(PRODUCTION, '..')).toThrow("the target is no topic's name")
  })
})

describe("an event's topic", () => {
  it("is the one topic, or its context's", () => {
    expect(topicOf('petrel-events', 'order.OrderCreated')).toBe('petrel-events')
    expect(topicOf('petrel.{context}', 'order.OrderCreated')).toBe('petrel.order')
  })

  it('is none when its type gives no name that Kafka takes', () => {
    expect(topicOf('petrel.{context}', 'über.Something')).toBeNull()
    expect(topicOf('petrel.{context}', '.Something')).toBeNull()
    expect(topicOf('petrel.{context}', `${'x'.repeat(250)}.Something`)).toBeNull()
  })
})
