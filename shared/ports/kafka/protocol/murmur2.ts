import type { Buffer } from 'node:buffer'

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/**
 * The partition of a key among so many, as every client of Kafka computes it
 * (org.apache.kafka.common.utils.Utils.murmur2).
 */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

function murmur2(data: Buffer): number {
  const rest = data.length & 3
  const whole = data.length - rest
  let hash = SEED ^ data.length
  for (let index = 0; index < whole; index += 4)
    hash = Math.imul(hash, MULTIPLIER) ^ mixed(data.readInt32LE(index))
  if (rest > 0) hash = Math.imul(hash ^ data.readUIntLE(whole, rest), MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

function mixed(word: number): number {
  const product = Math.imul(word, MULTIPLIER)
  return Math.imul(product ^ (product >>> 24), MULTIPLIER)
}
