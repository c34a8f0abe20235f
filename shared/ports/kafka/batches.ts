import { Buffer } from 'node:buffer'
import type { SerializedEvent } from '../../core/wire/serialized-event.ts'

/** At most, beside a record's key, value and headers (DefaultRecord.java). */
const RECORD_OVERHEAD_BYTES = 21
/** Beside a batch's records (DefaultRecordBatch.java) and its topic in a request. */
const BATCH_OVERHEAD_BYTES = 61
/** At most, for the lengths of a header's name and value. */
const HEADER_OVERHEAD_BYTES = 10

/** How a whole CloudEvent in JSON is marked (CloudEvents, Kafka protocol binding, section 3.3). */
export const HEADERS = { 'content-type': 'application/cloudevents+json; charset=UTF-8' } as const
const HEADERS_BYTES = Object.entries(HEADERS)
  .map(([name, value]) => HEADER_OVERHEAD_BYTES + name.length + value.length)
  .reduce((sum, bytes) => sum + bytes, 0)

export interface KafkaRecord {
  /** The event's id, for its outcome. */
  readonly id: string
  readonly topic: string
  readonly key: string
  /** The whole CloudEvent in JSON. */
  readonly value: Buffer
  /** Its share of a batch before compression, at most. */
  readonly bytes: number
}

/** Records of one partition that the broker stores as a whole or not at all, under one range of sequence numbers. */
export interface KafkaBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly KafkaRecord[]
}

/** An event as a record of this topic. */
export function recordOf(event: SerializedEvent, topic: string): KafkaRecord {
  const { id, partitionkey: key, text, bytes } = event
  return {
    id,
    topic,
    key,
    value: Buffer.from(text),
    bytes: RECORD_OVERHEAD_BYTES + HEADERS_BYTES + Buffer.byteLength(key) + bytes,
  }
}

/** A key for the topic and partition. */
export function placeOf({ topic, partition }: Pick<KafkaBatch, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`
}

/**
 * Cuts records into produce requests, each for one broker, of one batch per partition and within the limit
 * (bytes) unless it holds a single record. The requests of one broker are to be sent one after the other:
 * then the records of one partition arrive in their order.
 *
 * @returns the requests of each broker
 */
export function requestsOf(
  records: readonly KafkaRecord[],
  locate: (record: KafkaRecord) => { readonly partition: number; readonly leader: number },
  limit: number,
): readonly (readonly (readonly KafkaBatch[])[])[] {
  const brokers = new Map<number, RequestUnderWay[]>()
  for (const record of records) {
    const { partition, leader } = locate(record)
    const place = placeOf({ topic: record.topic, partition })
    const requests = brokers.get(leader) ?? []
    brokers.set(leader, requests)
    let request = requests.at(-1)
    const bytes = record.bytes + (request?.batches.has(place) ? 0 : BATCH_OVERHEAD_BYTES)
    if (!request || request.bytes + bytes > limit) {
      request = { bytes: 0, batches: new Map() }
      requests.push(request)
    }
    const batch = request.batches.get(place)
    if (batch) batch.records.push(record)
    else request.batches.set(place, { topic: record.topic, partition, records: [record] })
    request.bytes += record.bytes + (batch ? 0 : BATCH_OVERHEAD_BYTES)
  }
  return [...brokers.values()].map((requests) => requests.map(({ batches }) => [...batches.values()]))
}

interface RequestUnderWay {
  bytes: number
  readonly batches: Map<string, KafkaBatch & { records: KafkaRecord[] }>
}

/** Both halves of a batch that has more than one record. */
export function halvesOf(batch: KafkaBatch): readonly [KafkaBatch, KafkaBatch] {
  const middle = Math.ceil(batch.records.length / 2)
  return [
    { ...batch, records: batch.records.slice(0, middle) },
    { ...batch, records: batch.records.slice(middle) },
  ]
}
