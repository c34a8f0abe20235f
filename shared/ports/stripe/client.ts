import { z } from 'zod'
import { PortError } from '../port-error.ts'

/** The version of Stripe's API that the adapter is written for; it overrides the account's setting. */
const STRIPE_VERSION = '2026-08-26.dahlia'
const STRIPE_URL = 'https://api.stripe.com'
/** Some banks need seconds for a charge, and an effect may need two answers. */
const ANSWER_TIMEOUT_MS = 14_000

export interface StripeSettings {
  readonly secretKey: string
  /** Replaces Stripe's own address, for tests against a stand-in. */
  readonly apiUrl?: string | undefined
  readonly fetch?: (url: string, request: RequestInit) => Promise<Response>
}

/** A request's fields by their name in Stripe's form encoding (`metadata[orderId]`). */
type StripeFields = Readonly<Record<string, string>>

/** Why Stripe refuses a request; its texts may quote the request and are left out. */
export const stripeErrorSchema = z.object({
  /** `card_error`, `invalid_request_error`, `idempotency_error`, `api_error`. */
  type: z.string(),
  code: z.string().nullish(),
  /** The bank's reason for a decline. */
  decline_code: z.string().nullish(),
  /** The invalid field. */
  param: z.string().nullish(),
})
export type StripeError = z.infer<typeof stripeErrorSchema>

/** An object, or the refusal of the request. */
export type StripeAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly error: StripeError }

/**
 * Calls Stripe over HTTP. A transient fault is thrown as a `PortError` for a retry under the same key:
 * `unavailable` when nothing can have happened, `unknown_outcome` otherwise.
 */
export class StripeClient {
  readonly #settings: StripeSettings

  constructor(settings: StripeSettings) {
    this.#settings = settings
  }

  get(path: string, fields: StripeFields = {}): Promise<StripeAnswer> {
    const query = new URLSearchParams(fields).toString()
    return this.#send(query ? `${path}?${query}` : path, { method: 'GET', headers: this.#headers() })
  }

  /** Idempotent by key. */
  post(path: string, fields: StripeFields, key: string): Promise<StripeAnswer> {
    return this.#send(path, {
      method: 'POST',
      headers: {
        ...this.#headers(),
        'Content-Type': 'application/x-www-form-urlencoded',
        'Idempotency-Key': key,
      },
      body: new URLSearchParams(fields).toString(),
    })
  }

  #headers() {
    return { Authorization: `Bearer ${this.#settings.secretKey}`, 'Stripe-Version': STRIPE_VERSION }
  }

  async #send(path: string, request: RequestInit): Promise<StripeAnswer> {
    // Not passed as a value: workerd's `fetch` must be called without a receiver.
    const send = this.#settings.fetch ?? ((url: string, init: RequestInit) => fetch(url, init))
    try {
      const response = await send(`${this.#settings.apiUrl ?? STRIPE_URL}${path}`, {
        ...request,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      return await answerOf(response)
    } catch (thrown) {
      if (thrown instanceof PortError) throw thrown
      // A timeout or a broken connection: the request may have been carried out. The error's text may quote it.
      throw new PortError('unknown_outcome', 'gateway_timeout', 'Stripe did not answer in time')
    }
  }
}

/** Statuses about Stripe or our settings, not about the request. */
const passingFaults: ReadonlyMap<number, readonly ['unavailable' | 'unknown_outcome', string, string]> =
  new Map([
    // An operator can fix the key; the request is valid and must not be lost.
    [401, ['unavailable', 'gateway_unauthorized', 'Stripe does not know the secret key'] as const],
    [403, ['unavailable', 'gateway_unauthorized', 'the secret key may not do this at Stripe'] as const],
    [409, ['unknown_outcome', 'gateway_busy', 'Stripe is still at work on this key'] as const],
    [424, ['unknown_outcome', 'gateway_unavailable', 'a party behind Stripe did not answer'] as const],
    [429, ['unavailable', 'gateway_busy', 'Stripe takes no more requests for now'] as const],
  ])

async function answerOf(response: Response): Promise<StripeAnswer> {
  const { status } = response
  const passing = passingFaults.get(status)
  if (passing) throw new PortError(...passing)
  if (status >= 500)
    throw new PortError('unknown_outcome', 'gateway_unavailable', `Stripe answered with status ${status}`)
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return { ok: true, body }
  const refused = z.object({ error: stripeErrorSchema }).safeParse(body)
  if (!response.ok && refused.success) return { ok: false, error: refused.data.error }
  throw unreadable()
}

/** An answer in no format of Stripe's: the request may have been carried out all the same. */
export function unreadable(): PortError {
  return new PortError('unknown_outcome', 'gateway_unreadable', 'the answer is none that Stripe gives')
}

/**
 * A request that Stripe will never accept: a defect, or a setting missing in the account. The exception is a key
 * that an older release used for a request of another shape, which may have been carried out.
 */
export function rejected({ type, code, param }: StripeError): PortError {
  if (type === 'idempotency_error')
    return new PortError('unknown_outcome', 'key_reused', 'another request was sent under this key')
  const about = [code, param].filter(Boolean).join(', ') || type
  return new PortError('rejected', 'gateway_rejected', `Stripe does not take the request (${about})`)
}
