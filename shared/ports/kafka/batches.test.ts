import { describe, expect, it } from 'vitest'
import { unsequencedCloudEvent } from '../../core/cloud-event.ts'
import { serialized } from '../../core/wire/serialized-event.ts'
import { halvesOf, type KafkaRecord, recordOf, requestsOf } from './batches.ts'

/** Partitions 0 and 2 are led by broker 0, 1 and 3 by broker 1. */
const locate = ({ key }: KafkaRecord) => ({ partition: Number(key) % 4, leader: Number(key) % 2 })

function record(id: string, key: string, length = 100): KafkaRecord {
  const event = unsequencedCloudEvent({
    origin: 'https://shop.example',
    id,
    context: 'order',
    type: 'SomethingHappened',
    subject: key,
    time: '2026-11-23T12:00:00.000Z',
    category: 'business',
    trace: { correlationId: 'req_1' },
    data: 'x'.repeat(length),
  })
  return recordOf(serialized(event), 'events')
}

/** Each request as the ids of each partition. */
function cut(records: readonly KafkaRecord[], limit: number) {
  return requestsOf(records, locate, limit).map((requests) =>
    requests.map((request) =>
      Object.fromEntries(
        request.map(({ partition, records: of }) => [partition, of.map(({ id }) => id).join(' ')]),
      ),
    ),
  )
}

describe('a record', () => {
  it('is the whole event under its partition key, and knows what it adds to a batch', () => {
    const one = record('1', '7')
    expect(one).toMatchObject({ id: '1', key: '7' })
    expect(JSON.parse(one.value.toString())).toMatchObject({ id: '1', partitionkey: '7', specversion: '1.0' })
    expect(one.bytes).toBeGreaterThan(one.value.length + 12 + 46)
    expect(one.bytes).toBeLessThan(one.value.length + 120)
  })
})

describe('produce requests', () => {
  const records = ['a0', 'b1', 'c2', 'd0', 'e3', 'f1', 'g0'].map((name) => record(name, name.slice(1)))

  it('go to one broker each, with one batch for each partition, in order', () => {
    expect(cut(records, 1_000_000)).toEqual([[{ 0: 'a0 d0 g0', 2: 'c2' }], [{ 1: 'b1 f1', 3: 'e3' }]])
  })

  it('end before the limit', () => {
    const one = records[0]?.bytes ?? 0
    const requests = requestsOf(records, locate, 2 * one + 2 * 61).flat()
    expect(cut(records, 2 * one + 2 * 61)).toEqual([
      [{ 0: 'a0', 2: 'c2' }, { 0: 'd0 g0' }],
      [{ 1: 'b1', 3: 'e3' }, { 1: 'f1' }],
    ])
    for (const request of requests) {
      const bytes = request.flatMap(({ records: of }) => of).reduce((sum, { bytes: of }) => sum + of, 0)
      expect(bytes + 61 * request.length).toBeLessThanOrEqual(2 * one + 2 * 61)
    }
  })

  it('hold an event alone that is over the limit by itself', () => {
    const large = record('large', '0', 5_000)
    const [before, after] = [record('before', '0'), record('after', '0')]
    expect(cut([before, large, after], 2_000)).toEqual([[{ 0: 'before' }, { 0: 'large' }, { 0: 'after' }]])
  })
})

describe('halves of a batch', () => {
  it('keep its place and order, and leave nothing out', () => {
    const records = ['1', '2', '3'].map((id) => record(id, '0'))
    const [first, second] = halvesOf({ topic: 'events', partition: 5, records })
    expect([first.partition, second.partition]).toEqual([5, 5])
    expect([first, second].map(({ records: of }) => of.map(({ id }) => id))).toEqual([['1', '2'], ['3']])
  })
})
