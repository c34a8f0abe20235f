import { v5 } from 'uuid'
import { z } from 'zod'

/**
 * How many unreleased uses each customer has. A limit per customer holds permanently, so
 * no count is ever dropped: each takes ten characters, in one of 256 texts by a hash of the id. 48
 * bits of it distinguish customers; among 100,000 customers two collide with a probability of 1 : 50,000,
 * and then they get one use too few, never one too many.
 */
export const customerUsesSchema = z.object({
  /** How many customers are counted. */
  customers: z.int().min(0),
  /** 256 texts of entries of equal length, or none while no customer is counted. */
  buckets: z.array(z.string()),
})
export type CustomerUses = z.infer<typeof customerUsesSchema>

/** No uses. */
export const noUses: CustomerUses = { customers: 0, buckets: [] }

/** Counts all buyers without an id as one, so that they cannot bypass a limit. */
const anonymous = ''
/** A random UUID that must never change: it determines the position of a customer's count. */
const NAMESPACE = '0d9a6a3c-7d1e-4b7c-8f0e-2b3f5a4c6d71'
const BUCKETS = 256
/** Characters of an entry: the rest of the hash, then the count, both in base 36. */
const NAME = 8
const COUNT = 2
const ENTRY = NAME + COUNT

/** A customer's unreleased uses; buyers without an id count as one customer. */
export function usesBy(uses: CustomerUses, customerId: string = anonymous): number {
  const { bucket, name } = placeOf(customerId)
  const entries = uses.buckets[bucket] ?? ''
  return countAt(entries, positionOf(entries, name))
}

/** The counts after one more use of a customer, or one released use; none falls below zero. */
export function countUse(uses: CustomerUses, customerId: string = anonymous, change: 1 | -1): CustomerUses {
  const { bucket, name } = placeOf(customerId)
  const buckets = uses.buckets.length === 0 ? Array<string>(BUCKETS).fill('') : uses.buckets
  const entries = buckets[bucket] ?? ''
  const at = positionOf(entries, name)
  const before = countAt(entries, at)
  const after = Math.max(before + change, 0)
  const entry = after === 0 ? '' : `${name}${after.toString(36).padStart(COUNT, '0')}`
  return {
    customers: uses.customers + (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0),
    buckets: buckets.with(bucket, `${entries.slice(0, at)}${entry}${entries.slice(at + ENTRY)}`),
  }
}

function placeOf(customerId: string): { readonly bucket: number; readonly name: string } {
  const hash = v5(customerId, NAMESPACE).replaceAll('-', '')
  return {
    bucket: Number.parseInt(hash.slice(0, 2), 16),
    name: Number.parseInt(hash.slice(2, 12), 16).toString(36).padStart(NAME, '0'),
  }
}

/** The index of an entry, or the end of the entries. */
function positionOf(entries: string, name: string): number {
  for (let at = 0; at < entries.length; at += ENTRY) if (entries.startsWith(name, at)) return at
  return entries.length
}

/** The count of the entry at an index; 0 at the end of the entries. */
function countAt(entries: string, at: number): number {
  return at === entries.length ? 0 : Number.parseInt(entries.slice(at + NAME, at + ENTRY), 36)
}
