import { describe, expect, it } from 'vitest'
import { type CloudEvent, sequenceOf, unsequencedCloudEvent } from '../../shared/core/cloud-event.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { awsCredentials } from '../../shared/ports/aws/credentials.ts'
import type { AwsWorld } from '../../shared/ports/aws/request.ts'
import { FirehoseSink } from '../../shared/ports/firehose/sink.ts'
import { fetchOf } from './fetch.fixture.ts'
import { FirehoseStandIn, linesOfCall } from './firehose.ts'

const begin = Date.parse('2026-11-23T12:00:00.000Z')
const accessKeyId = 'AKIDEXAMPLE000000000'

/** Petrel's sink in front of the stand-in, with a clock that only waits move. */
function firehose({ stream = 'petrel-events', keyId = accessKeyId, strictOrder = false } = {}) {
  const standIn = new FirehoseStandIn({ streams: ['petrel-events'], accessKeyId })
  const clock = { now: begin }
  /** Called before each wait. */
  const before = { wait: () => {} }
  const { fetch, answers } = fetchOf(standIn, () => clock.now)
  const world: AwsWorld = {
    fetch,
    now: () => clock.now,
    random: () => 0.5,
    wait: async (milliseconds) => {
      before.wait()
      clock.now += milliseconds
    },
  }
  const bindings = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: keyId,
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  }
  const credentials = awsCredentials(bindings, world)
  const sink = new FirehoseSink({ stream, region: 'eu-central-1', credentials, strictOrder, world })
  const taken = () => standIn.records().map(({ text }): unknown => JSON.parse(text))
  return { standIn, sink, before, answers, taken }
}

function eventOf(aggregate: string, version: number, note = 'é'): CloudEvent {
  const event = unsequencedCloudEvent({
    origin: 'https://shop.example',
    id: `${aggregate}/${version}`,
    context: 'order',
    type: 'OrderNoted',
    subject: aggregate,
    time: '2026-11-23T12:00:00.000Z',
    category: 'business',
    trace: { correlationId: 'c' },
    data: { note },
  })
  return { ...event, sequence: sequenceOf(version) }
}
const events = [eventOf('a', 1), eventOf('b', 1), eventOf('a', 2), eventOf('b', 2)]
const texts = events.map(serialized)
const delivered = events.map(() => ({ delivered: true }))

describe('Firehose', () => {
  it('takes events line by line, in their order', async () => {
    const { sink, standIn, taken } = firehose()
    expect(await sink.deliver(texts)).toEqual(delivered)
    expect(taken()).toEqual(events)
    expect(standIn.records()[0]).toMatchObject({ stream: 'petrel-events', at: begin })
  })

  it('refuses some records of a call, which the sink sends again', async () => {
    const { sink, standIn, before, taken, answers } = firehose()
    standIn.refuseSome = (place) => place < 2
    before.wait = () => {
      standIn.refuseSome = null
    }
    expect(await sink.deliver(texts)).toEqual(delivered)
    expect(taken()).toEqual([events[2], events[3], events[0], events[1]])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(standIn.records().map(({ at }) => at > begin)).toEqual([false, false, true, true])
  })

  it('keeps the order of an aggregate where the sink asks for it', async () => {
    const { sink, standIn, before, taken } = firehose({ strictOrder: true })
    standIn.refuseSome = (place) => place === 0
    before.wait = () => {
      standIn.refuseSome = null
    }
    expect(await sink.deliver(texts)).toEqual(delivered)
    expect(taken()).toEqual([events[1], events[0], events[3], events[2]])
  })

  it('takes no call with an event that it refuses for good, and does not say which one it is', async () => {
    const { sink, standIn, taken, answers } = firehose()
    standIn.refuseForGood = (line) => line.includes('"b/1"')
    const outcomes = await sink.deliver(texts)
    expect(outcomes.map((outcome) => (outcome.delivered ? 'delivered' : outcome.kind))).toEqual([
      ...['delivered', 'refused', 'delivered', 'delivered'],
    ])
    expect(taken()).toEqual([events[0], events[2], events[3]])
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200, 400, 200])
  })

  it('reads the lines of a call, and none of what is no call', () => {
    const records = ['{"id":"a/1"}\n', '{"id":"b/1"}\n'].map((line) => ({
      Data: Buffer.from(line).toString('base64'),
    }))
    const body = JSON.stringify({ DeliveryStreamName: 'petrel-events', Records: records })
    expect(linesOfCall(body)).toEqual(['{"id":"a/1"}', '{"id":"b/1"}'])
    expect(linesOfCall('nothing')).toEqual([])
  })

  it('refuses everything while it is throttled', async () => {
    const { sink, standIn, before, taken } = firehose()
    standIn.throttled = true
    expect(await sink.deliver(texts)).toMatchObject(events.map(() => ({ kind: 'retry' })))
    expect(taken()).toEqual([])
    before.wait = () => {
      standIn.throttled = false
    }
    expect(await sink.deliver(texts)).toEqual(delivered)
    expect(taken()).toEqual(events)
  })

  it.each([
    ['another stream', { stream: 'petrel-other' }, /no delivery stream/],
    ['another access key', { keyId: 'AKIDOTHER00000000000' }, /AWS_ACCESS_KEY_ID/],
  ])('refuses %s', async (_, options, error) => {
    const { sink, taken } = firehose(options)
    const [outcome] = await sink.deliver(texts)
    expect(outcome).toMatchObject({ kind: 'retry', error: expect.stringMatching(error) })
    expect(taken()).toEqual([])
  })
  it('takes no record and no call above its limits', () => {
    const { standIn } = firehose()
    const headers = {
      'x-amz-target': 'Firehose_20150804.PutRecordBatch',
      'content-type': 'application/x-amz-json-1.1',
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261123/eu-central-1/firehose/aws4_request`,
    }
    const put = (sizes: readonly number[]) => {
      const records = sizes.map((size) => ({ Data: Buffer.alloc(size, 'x').toString('base64') }))
      const body = JSON.stringify({ DeliveryStreamName: 'petrel-events', Records: records })
      return standIn.answer({ method: 'POST', url: 'https://firehose.test/', headers, body }, begin).status
    }
    expect(put([1_024_000])).toBe(200)
    expect(put(Array.from({ length: 500 }, () => 1))).toBe(200)
    expect(standIn.records()).toHaveLength(501)
    expect(put([1_024_001])).toBe(400)
    expect(put([])).toBe(400)
    expect(put(Array.from({ length: 501 }, () => 1))).toBe(400)
    expect(put(Array.from({ length: 5 }, () => 1_000_000))).toBe(400)
    expect(standIn.records()).toHaveLength(501)
  })
})
