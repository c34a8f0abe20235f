import { Buffer } from 'node:buffer'
import { expect, it } from 'vitest'
import { partitionOf } from './murmur2.ts'

/** So many partitions that the hash itself is left, without its sign. */
const ALL = 2 ** 31

// The values of Kafka's own test (UtilsTest.testMurmur2).
it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])("the partition of %s is that of Kafka's clients", (key, hash) => {
  expect(partitionOf(Buffer.from(key), ALL)).toBe(hash & 0x7fffffff)
  expect(partitionOf(Buffer.from(key), 6)).toBe((hash & 0x7fffffff) % 6)
})
