import { createHmac, timingSafeEqual } from 'node:crypto'
import { MINUTE } from '../../../../shared/core/time.ts'

/** Maximum age of a signature and maximum clock skew: the value of Stripe's libraries. */
const TOLERANCE_MS = 5 * MINUTE
const HEX_SHA256 = /^[0-9a-f]{64}$/
const SECONDS = /^\d{1,12}$/

/** Why a signature is invalid. */
export type SignatureFault = 'missing' | 'malformed' | 'too_old' | 'from_the_future' | 'mismatch'

/** A received body with its signature header. */
interface SignedBody {
  /** `t=<Unix seconds>,v1=<hex>`, with several `v1` during a key rotation; other schemes are ignored. */
  readonly header: string | undefined
  /** The exact bytes of the body; serialized JSON would differ. */
  readonly body: string | Uint8Array
  readonly secret: string
  /** The platform's time (Unix ms), not the deployment's: the sender does not follow the development clock. */
  readonly now: number
}

/**
 * Checks a webhook's signature in Stripe's scheme: HMAC-SHA-256 over `<t>.<body>`, in hexadecimal, at most
 * five minutes old. Returns the fault, or `null` for a valid signature.
 */
export function verifySignature({ header, body, secret, now }: SignedBody): SignatureFault | null {
  if (header === undefined) return 'missing'
  const parts = header.split(',').map((part) => part.trim().split('='))
  const timestamp = parts.find(([scheme]) => scheme === 't')?.[1]
  const offered = parts.flatMap(([scheme, value]) => (scheme === 'v1' && value ? [value] : []))
  if (timestamp === undefined || !SECONDS.test(timestamp) || offered.length === 0) return 'malformed'

  const expected = Buffer.from(signatureOf(body, secret, timestamp), 'hex')
  // Every value is compared in constant time, against timing attacks.
  const equal = offered.map(
    (value) => HEX_SHA256.test(value) && timingSafeEqual(Buffer.from(value, 'hex'), expected),
  )
  if (!equal.includes(true)) return 'mismatch'

  // Checked last, so that only a sender with the secret learns about this clock.
  const age = now - Number(timestamp) * 1_000
  if (age > TOLERANCE_MS) return 'too_old'
  return age < -TOLERANCE_MS ? 'from_the_future' : null
}

/** The signature header of a body at a time (Unix ms). */
export function signatureHeader(body: string, secret: string, now: number): string {
  const timestamp = `${Math.floor(now / 1_000)}`
  return `t=${timestamp},v1=${signatureOf(body, secret, timestamp)}`
}

function signatureOf(body: string | Uint8Array, secret: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
}
