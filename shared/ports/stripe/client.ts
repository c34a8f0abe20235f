import { z } from 'zod'
import { PortError } from '../port-error.ts'

/** The version of Stripe's API that the adapter is written for; an account's own setting does not matter. */
const STRIPE_VERSION = '2026-08-26.dahlia'
const STRIPE_URL = 'https://api.stripe.com'
/** How long Stripe may take (ms): some banks need seconds for a charge, and an effect may need two answers. */
const ANSWER_TIMEOUT_MS = 14_000

/** How to reach Stripe. */
export interface StripeSettings {
  readonly secretKey: string
  /** Another address than Stripe's own, for tests against a stand-in. */
  readonly apiUrl?: string | undefined
  readonly fetch?: (url: string, request: RequestInit) => Promise<Response>
}

/** A request's fields by their name in Stripe's form encoding (`metadata[orderId]`). */
type StripeFields = Readonly<Record<string, string>>

/** Why Stripe refuses a request, as far as it matters here; its texts may quote the request and are left out. */
export const stripeErrorSchema = z.object({
  /** `card_error`, `invalid_request_error`, `idempotency_error`, `api_error`. */
  type: z.string(),
  code: z.string().nullish(),
  /** The bank's reason for a decline. */
  decline_code: z.string().nullish(),
  /** The field that is wrong. */
  param: z.string().nullish(),
})
export type StripeError = z.infer<typeof stripeErrorSchema>

/** What Stripe answers: an object, or that it will not take the request as it is. */
export type StripeAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly error: StripeError }

/**
 * Talks to Stripe over HTTP. Every fault that may pass is thrown as a `PortError` for a retry under the same
 * key: `unavailable` when nothing can have happened, `unknown_outcome` otherwise.
 */
export class StripeClient {
  readonly #settings: StripeSettings

  constructor(settings: StripeSettings) {
    this.#settings = settings
  }

  /** Reads. */
  get(path: string, fields: StripeFields = {}): Promise<StripeAnswer> {
    const query = new URLSearchParams(fields).toString()
    return this.#send(query ? `${path}?${query}` : path, { method: 'GET', headers: this.#headers() })
  }

  /** Writes; the same key is carried out once. */
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
    // Called by its own name: workerd takes `fetch` only as a function of nothing.
    const send = this.#settings.fetch ?? ((url: string, init: RequestInit) => fetch(url, init))
    try {
      const response = await send(`${this.#settings.apiUrl ?? STRIPE_URL}${path}`, {
        ...request,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      return await answerOf(response)
    } catch (thrown) {
      if (thrown instanceof PortError) throw thrown
      // A time-out or a broken line: the request may have been carried out. The fault's text may quote it.
      throw new PortError('unknown_outcome', 'gateway_timeout', 'Stripe did not answer in time')
    }
  }
}

/** Statuses that say something about Stripe or our settings, and nothing about the request. */
const passingFaults: ReadonlyMap<number, readonly ['unavailable' | 'unknown_outcome', string, string]> =
  new Map([
    // An operator can mend the key; the request is right and must not be lost.
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

/** An answer that is none of Stripe's: something may have happened all the same. */
export function unreadable(): PortError {
  return new PortError('unknown_outcome', 'gateway_unreadable', 'the answer is none that Stripe gives')
}

/**
 * A request that Stripe will never take as it is: a defect, or an account that lacks something. Not so when its key
 * was used for a request of another shape, by an older version of ours: that one may have been carried out.
 */
export function rejected({ type, code, param }: StripeError): PortError {
  if (type === 'idempotency_error')
    return new PortError('unknown_outcome', 'key_reused', 'another request was sent under this key')
  const about = [code, param].filter(Boolean).join(', ') || type
  return new PortError('rejected', 'gateway_rejected', `Stripe does not take the request (${about})`)
}
