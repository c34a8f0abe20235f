import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { type KafkaBroker, startKafka } from './support/kafka/kafka.ts'
import { eventsOf, expectExactly } from './support/sink/sent-events.ts'
import { type SinkRuntime, startSinkRuntime } from './support/sink/sink-runtime.ts'

/** AWS's documentation's own example. */
const IDENTITY = {
  region: 'eu-central-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
/** Longer than a session at this broker (ms). */
const SEVERAL_SESSIONS = 6_000

let broker: KafkaBroker
let sinks: SinkRuntime

beforeAll(async () => {
  broker = await startKafka({ iam: IDENTITY })
  sinks = await startSinkRuntime('kafka', broker.certificateAuthority)
})

afterAll(async () => {
  await sinks?.stop()
  await broker?.remove()
})

it('logs in with a token that the broker checks, again before each session ends', async () => {
  await broker.createTopic('iam', 3)
  const sent: CloudEvent[] = []
  const over = Date.now() + SEVERAL_SESSIONS
  while (Date.now() < over) {
    const events = eventsOf(10, 2)
    const outcomes = await sinks.deliver('iam', variables('iam'), events)
    expect(outcomes).toEqual(events.map(() => ({ delivered: true })))
    sent.push(...events)
  }
  expectExactly(await broker.readTopic('iam'), sent)
})

it('waits when the broker refuses the token, and quotes no secret', async () => {
  await broker.createTopic('iam-refused', 1)
  const env = { ...variables('iam-refused'), AWS_SECRET_ACCESS_KEY: 'not-this-one' }

  const [outcome] = await sinks.deliver('iam-refused', env, eventsOf(1, 1))

  expect(outcome).toMatchObject({
    kind: 'retry',
    error: expect.stringMatching(/SASL_AUTHENTICATION_FAILED.*KAFKA_AUTHENTICATION/),
  })
  expect(JSON.stringify(outcome)).not.toContain('not-this-one')
})

function variables(topic: string): Readonly<Record<string, string>> {
  return {
    KAFKA_BROKERS: broker.iam,
    KAFKA_TOPIC: topic,
    KAFKA_AUTHENTICATION: 'msk-iam',
    AWS_REGION: IDENTITY.region,
    AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey,
  }
}
