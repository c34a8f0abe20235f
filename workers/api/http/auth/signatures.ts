import { createHmac, timingSafeEqual } from 'node:crypto'
import { MINUTE } from '../../../../shared/core/time.ts'

/** How old a signature may be, and how far ahead a sender's clock may run (ms): what Stripe's own libraries allow. */
const TOLERANCE_MS = 5 * MINUTE
const HEX_SHA256 = /^[0-9a-f]{64}$/
const SECONDS = /^\d{1,12}$/

/** Why a signature does not hold. */
export type SignatureFault = 'missing' | 'malformed' | 'too_old' | 'from_the_future' | 'mismatch'

/** A body as it came in, with what vouches for it. */
export interface SignedBody {
  /** `t=<Unix seconds>,v1=<hex>`, with several `v1` while a secret is being replaced; others are passed over. */
  readonly header: string | undefined
  /** The body to the byte: parsed and written again it would be another. */
  readonly body: string | Uint8Array
  readonly secret: string
  /** The platform's time (Unix ms), never the deployment's: the sender does not follow a clock that was moved. */
  readonly now: number
}

/**
 * Checks a webhook's signature in Stripe's scheme: HMAC-SHA-256 over `<t>.<body>`, in hexadecimal, at most
 * five minutes old. Returns what is wrong, or `null` for a signature that holds.
 */
export function verifySignature({ header, body, secret, now }: SignedBody): SignatureFault | null {
  if (header === undefined) return 'missing'
  const parts = header.split(',').map((part) => part.trim().split('='))
  const timestamp = parts.find(([scheme]) => scheme === 't')?.[1]
  const offered = parts.flatMap(([scheme, value]) => (scheme === 'v1' && value ? [value] : []))
  if (timestamp === undefined || !SECONDS.test(timestamp) || offered.length === 0) return 'malformed'

  const expected = Buffer.from(signatureOf(body, secret, timestamp), 'hex')
  // Each is compared, and in constant time, so that a wrong one tells nothing about the right one.
  const equal = offered.map(
    (value) => HEX_SHA256.test(value) && timingSafeEqual(Buffer.from(value, 'hex'), expected),
  )
  if (!equal.includes(true)) return 'mismatch'

  // Only now: nobody without the secret learns anything about our clock.
  const age = now - Number(timestamp) * 1_000
  if (age > TOLERANCE_MS) return 'too_old'
  return age < -TOLERANCE_MS ? 'from_the_future' : null
}

/** The header that a sender puts on a body at a time (Unix ms). */
export function signatureHeader(body: string, secret: string, now: number): string {
  const timestamp = `${Math.floor(now / 1_000)}`
  return `t=${timestamp},v1=${signatureOf(body, secret, timestamp)}`
}

function signatureOf(body: string | Uint8Array, secret: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
}
