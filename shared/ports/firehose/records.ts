import { Buffer } from 'node:buffer'
import type { SerializedEvent } from '../../core/wire/serialized-event.ts'

// The limits of PutRecordBatch, which cannot be raised:
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html

/** In one call. */
export const MAX_RECORDS = 500
/** Before base64: 1,000 KiB. */
export const MAX_RECORD_BYTES = 1_024_000
/**
 * 4 MiB in one call. AWS does not define whether they count before or after base64; this limits the body as it
 * is sent, which is safe either way.
 */
const MAX_CALL_BYTES = 4 * 1024 * 1024

/** Around the data of a record in the body: `{"Data":""},`. */
const BYTES_AROUND_DATA = 12
/** Reserved for the rest of the body, including the name of the stream. */
const BYTES_AROUND_RECORDS = 256

export interface FirehoseRecord {
  /** The index of its event in the delivery. */
  readonly index: number
  readonly partitionKey: string
  /** The event's text and a newline, in base64. */
  readonly data: string
}

/** The record of an event; `null` when it is over the limit of Firehose. */
export function recordOf(
  { text, bytes, partitionkey: partitionKey }: SerializedEvent,
  index: number,
): FirehoseRecord | null {
  if (bytes + 1 > MAX_RECORD_BYTES) return null
  return { index, partitionKey, data: Buffer.from(`${text}\n`).toString('base64') }
}

/**
 * The records of the next call, from the front: as many as the limits allow and, in strict order, of each
 * aggregate only the first one.
 */
export function nextBatch(
  due: Iterable<FirehoseRecord>,
  { strictOrder }: { strictOrder: boolean },
): FirehoseRecord[] {
  const batch: FirehoseRecord[] = []
  const seen = new Set<string>()
  let bytes = BYTES_AROUND_RECORDS
  for (const record of due) {
    if (strictOrder && seen.has(record.partitionKey)) continue
    bytes += record.data.length + BYTES_AROUND_DATA
    if (batch.length === MAX_RECORDS || bytes > MAX_CALL_BYTES) break
    batch.push(record)
    seen.add(record.partitionKey)
  }
  return batch
}

/** The body of a call. */
export function callBody(stream: string, batch: readonly FirehoseRecord[]): string {
  return JSON.stringify({ DeliveryStreamName: stream, Records: batch.map(({ data }) => ({ Data: data })) })
}
