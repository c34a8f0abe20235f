import { expect, it } from 'vitest'
import { unsequencedCloudEvent } from '../core/cloud-event.ts'
import { serialized } from '../core/wire/serialized-event.ts'
import { recordOf as firehoseRecord } from './firehose/records.ts'
import { recordOf as kafkaRecord } from './kafka/batches.ts'
import { lakeText } from './lake/sink.ts'

const event = serialized(
  unsequencedCloudEvent({
    origin: 'https://shop.example',
    id: 'old/1',
    context: 'catalog',
    type: 'ProductCreated',
    subject: 'OLD',
    time: '2026-03-01T10:00:00.000Z',
    category: 'business',
    trace: { correlationId: 'test' },
    // As a log may hold it from a time when it was taken.
    data: { name: 'Mug \ud800', 'k\u0000': ['\udc00'] },
  }),
)

it.each([
  ['Kafka', kafkaRecord(event, 'events').value.toString('utf8')],
  ['Firehose', Buffer.from(firehoseRecord(event, 0)?.data ?? '', 'base64').toString('utf8')],
  ['the lake', lakeText([event])],
])('%s gets text, whatever a log holds', (_, json) => {
  expect(JSON.parse(json)).toMatchObject({ id: 'old/1', data: { name: 'Mug \ufffd', 'k\ufffd': ['\ufffd'] } })
  expect(json).not.toMatch(/\\u(d8|dc|0000)/)
})
