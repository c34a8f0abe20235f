import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { crc32c } from './crc32c.ts'
import type { ProducerIdentity } from './requests.ts'

/** Bytes of a batch in front of its records (DefaultRecordBatch.java). */
const HEADER_BYTES = 61
/** What stands in front of what `length` counts, and of what the checksum covers. */
const BEFORE_LENGTH = 12
const BEFORE_CHECKSUM = 21
const MAGIC = 2
const GZIP = 1
/** A record's attributes, and its time after that of the first: a byte each, 0. */
const FIXED_BYTES = 2

/** What a record says. */
export interface RecordContent {
  readonly key: string
  readonly value: Buffer
}

/** Headers as they stand in a record; encoded once for many records. */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(headers).flatMap((header) => header.map((text) => Buffer.from(text)))
  return Buffer.concat([varint(texts.length / 2), ...texts.flatMap((text) => [varint(text.length), text])])
}

/**
 * A batch of records (message format 2), compressed with gzip, as it stands in a produce request. The broker
 * knows it again by the producer and the number of its first and last record.
 *
 * @param headers of each record, from `encodeHeaders`
 * @param now the time of each record (Unix ms)
 */
export function encodeBatch(
  records: readonly RecordContent[],
  headers: Buffer,
  producer: ProducerIdentity,
  firstSequence: number,
  now: number,
): Buffer {
  const compressed = gzipSync(encodeRecords(records, headers))
  const batch = Buffer.alloc(HEADER_BYTES + compressed.length)
  const time = BigInt(now)
  const lastOffset = records.length - 1
  // First come the base offset, which the broker sets, and after the length the leader's epoch: 0.
  batch.writeInt32BE(batch.length - BEFORE_LENGTH, 8)
  batch.writeInt8(MAGIC, 16)
  batch.writeInt16BE(GZIP, 21)
  batch.writeInt32BE(lastOffset, 23)
  batch.writeBigInt64BE(time, 27)
  batch.writeBigInt64BE(time, 35)
  batch.writeBigInt64BE(producer.id, 43)
  batch.writeInt16BE(producer.epoch, 51)
  batch.writeInt32BE(firstSequence, 53)
  batch.writeInt32BE(records.length, 57)
  compressed.copy(batch, HEADER_BYTES)
  batch.writeUInt32BE(crc32c(batch.subarray(BEFORE_CHECKSUM)), 17)
  return batch
}

/** Writes all records into one buffer, whose length is known before: no copies, and no buffer for each field. */
function encodeRecords(records: readonly RecordContent[], headers: Buffer): Buffer {
  const lengths = records.map(
    ({ key, value }, index) =>
      FIXED_BYTES +
      varintSize(index) +
      sizeWithLength(Buffer.byteLength(key)) +
      sizeWithLength(value.length) +
      headers.length,
  )
  const encoded = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + sizeWithLength(length), 0))
  let at = 0
  for (const [index, { key, value }] of records.entries()) {
    at = writeVarint(encoded, at, lengths[index] ?? 0)
    encoded.fill(0, at, at + FIXED_BYTES)
    at = writeVarint(encoded, at + FIXED_BYTES, index)
    at = writeVarint(encoded, at, Buffer.byteLength(key))
    at += encoded.write(key, at)
    at = writeVarint(encoded, at, value.length)
    at += value.copy(encoded, at)
    at += headers.copy(encoded, at)
  }
  return encoded
}

function sizeWithLength(length: number): number {
  return varintSize(length) + length
}

/** How long a number from 0 to 2^30 is as a zigzag varint, seven bits a byte. */
function varintSize(value: number): number {
  let size = 1
  for (let rest = value * 2; rest > 0x7f; rest >>>= 7) size += 1
  return size
}

/** @returns where it ends */
function writeVarint(buffer: Buffer, start: number, value: number): number {
  let at = start
  let rest = value * 2
  for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80
  buffer[at++] = rest
  return at
}

function varint(value: number): Buffer {
  const encoded = Buffer.allocUnsafe(varintSize(value))
  writeVarint(encoded, 0, value)
  return encoded
}
