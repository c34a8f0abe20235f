import { v5, v7 } from 'uuid'
import { z } from 'zod'

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** Schema of an id such as `ord_01939a2e-…`. */
export function idSchema(prefix: string) {
  return z.string().regex(new RegExp(`^${prefix}_${uuid}$`), `must be an id that starts with ${prefix}_`)
}

/** Letters, digits, dot, dash and underscore: safe in a URL path, in a topic key and in a lake path. */
export const skuSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, . _ or -')

/**
 * A promotion code is stored in upper case, so that `spring` and `SPRING` are one code. Letters are ASCII: upper
 * case would turn `ß`, `ı` or a ligature into a different code.
 */
export const promotionCodeSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$/, 'must be 3 to 40 letters, digits, _ or -')
  .toUpperCase()

/** A new id whose UUIDv7 (RFC 9562) sorts by the time it was made. Not for use inside a decision. */
export function newId(prefix: string): string {
  return `${prefix}_${v7()}`
}

/** Namespace of Petrel's name-based ids; a random UUID that must never change. */
const NAMESPACE = '6f1b0f3e-52d4-4c0e-9a55-1f6c2d8a7b10'

/**
 * The id derived from names (UUIDv5, RFC 9562): a repeated create request reaches the same aggregate, which has
 * stored the answer.
 */
export function derivedId(prefix: string, ...names: readonly string[]): string {
  return `${prefix}_${v5(JSON.stringify(names), NAMESPACE)}`
}
