import { createHmac } from 'node:crypto'

/** What clients and partners of the deployment sign with. */
export interface Secrets {
  /** The deployment's `JWT_SECRET`. */
  readonly jwt: string
  /** The deployment's `CARRIER_WEBHOOK_SECRET`. */
  readonly carrierWebhook: string
}

const TOKEN_LIFETIME_SECONDS = 6 * 3_600

/** An access token (JWT, HS256) that is issued at `now` (Unix ms). */
export function signToken(
  secret: string,
  scope: 'customer' | 'operator' | 'ops',
  subject: string,
  now: number,
): string {
  const issuedAt = Math.floor(now / 1_000)
  const claims = { scope, sub: subject, iat: issuedAt, exp: issuedAt + TOKEN_LIFETIME_SECONDS }
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
