import { createHmac } from 'node:crypto'
import type { HttpRequest } from '../world.ts'

/** A signed request of a service outside to Petrel; sent as any request is. */
export interface WebhookRequest extends HttpRequest {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** JSON, byte for byte as it was signed. */
  readonly body: string
}

/** Where a sender's webhooks go, and how it signs them. */
export interface WebhookSigner {
  readonly path: string
  /** The header of the signature, in lower case. */
  readonly header: string
  readonly secret: string
}

/**
 * Signs a body in Stripe's scheme (https://docs.stripe.com/webhooks#verify-manually): HMAC-SHA-256 over `<t>.<body>`. A
 * signature is valid for five minutes, so each delivery of an event has a new one.
 *
 * @param now Unix ms
 */
export function signedWebhook(
  { path, header, secret }: WebhookSigner,
  body: string,
  now: number,
): WebhookRequest {
  const seconds = Math.floor(now / 1_000)
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    [header]: `t=${seconds},v1=${signature}`,
  }
  return { method: 'POST', path, headers, body }
}
