import { v5 } from 'uuid'
import { z } from 'zod'

/**
 * How many uses each customer has that were not given back. A limit for each customer holds for ever, so
 * none of them is ever forgotten: each takes ten characters, in one of 256 texts by a hash of the id. 48
 * bits of it distinguish customers; of 100,000 customers two are taken for one with a chance of 1 : 50,000,
 * and then it is a use too few that they get, never one too many.
 */
export const customerUsesSchema = z.object({
  /** How many customers are counted. */
  customers: z.int().min(0),
  /** 256 texts of entries of equal length, or none as long as no customer is counted. */
  buckets: z.array(z.string()),
})
export type CustomerUses = z.infer<typeof customerUsesSchema>

/** Nobody has used it. */
export const noUses: CustomerUses = { customers: 0, buckets: [] }

/** The name under which buyers without an id are counted: such a claim is no way around a limit. */
const anonymous = ''
/** A random UUID that must never change: it decides where a customer's count is found. */
const NAMESPACE = '0d9a6a3c-7d1e-4b7c-8f0e-2b3f5a4c6d71'
const BUCKETS = 256
/** Letters of an entry: the rest of the hash, then the count, both in base 36. */
const NAME = 8
const COUNT = 2
const ENTRY = NAME + COUNT

/** Uses of one customer that were not given back; buyers without an id count as one customer. */
export function usesBy(uses: CustomerUses, customerId: string = anonymous): number {
  const { bucket, name } = placeOf(customerId)
  const entries = uses.buckets[bucket] ?? ''
  return countAt(entries, positionOf(entries, name))
}

/** The counts after one more use of a customer, or one given back; none falls below zero. */
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

/** Where an entry begins, or where the entries end. */
function positionOf(entries: string, name: string): number {
  for (let at = 0; at < entries.length; at += ENTRY) if (entries.startsWith(name, at)) return at
  return entries.length
}

/** The count of the entry that begins here; where the entries end there is none. */
function countAt(entries: string, at: number): number {
  return at === entries.length ? 0 : Number.parseInt(entries.slice(at + NAME, at + ENTRY), 36)
}
