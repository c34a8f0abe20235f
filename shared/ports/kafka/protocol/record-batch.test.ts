import { Buffer } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'
import { encodeBatch, encodeHeaders } from './record-batch.ts'

const PRODUCER = { id: 4_000_000_000_001n, epoch: 3 }
const NOW = Date.UTC(2026, 10, 29)

describe('a batch', () => {
  /** One whose lengths take one, two and three bytes. */
  const records = [0, 40, 63, 64, 500, 8_191, 8_192, 20_000].map((length, index) => ({
    key: `kéy-${index}`,
    value: Buffer.alloc(length, `value ${index} `),
  }))
  const headers = { 'content-type': 'application/json', empty: '' }
  const batch = encodeBatch(records, encodeHeaders(headers), PRODUCER, 77, NOW)

  it('holds every record, in order', () => {
    const plain = gunzipSync(batch.subarray(61))
    expect(recordsIn(plain)).toEqual(
      records.map(({ key, value }, index) => ({
        attributes: 0,
        time: 0,
        offset: index,
        key,
        value: value.toString(),
        headers,
      })),
    )
  })

  it('says who sends it and under which numbers, its length, and its checksum', () => {
    expect(batch.readBigInt64BE(0)).toBe(0n)
    expect(batch.readInt32BE(8)).toBe(batch.length - 12)
    expect(batch.readInt8(16)).toBe(2)
    expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)))
    expect(batch.readInt16BE(21)).toBe(1)
    expect(batch.readInt32BE(23)).toBe(records.length - 1)
    expect([27, 35].map((at) => Number(batch.readBigInt64BE(at)))).toEqual([NOW, NOW])
    expect(batch.readBigInt64BE(43)).toBe(PRODUCER.id)
    expect(batch.readInt16BE(51)).toBe(PRODUCER.epoch)
    expect(batch.readInt32BE(53)).toBe(77)
    expect(batch.readInt32BE(57)).toBe(records.length)
  })
})

describe('the checksum', () => {
  // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  it.each([
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
  ])('of %j is %i', (bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum)
  })
})

/** Reads records as kafka.apache.org/documentation/#record says. */
function recordsIn(plain: Buffer) {
  let at = 0
  const varint = () => {
    let [value, shift] = [0, 0]
    for (let more = true; more; shift += 7) {
      const byte = plain.readUInt8(at++)
      value |= (byte & 0x7f) << shift
      more = byte > 0x7f
    }
    return (value >>> 1) ^ -(value & 1)
  }
  const text = () => {
    const length = varint()
    at += length
    return plain.subarray(at - length, at).toString()
  }
  const records = []
  while (at < plain.length) {
    const end = varint() + at
    const record = {
      attributes: plain.readInt8(at++),
      time: varint(),
      offset: varint(),
      key: text(),
      value: text(),
    }
    const headers = Object.fromEntries(Array.from({ length: varint() }, () => [text(), text()]))
    expect(at).toBe(end)
    records.push({ ...record, headers })
  }
  return records
}
