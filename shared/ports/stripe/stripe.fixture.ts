import { StripeGateway } from './gateway.ts'

/** A request as Stripe would get it: fields by name, headers in lower case. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly fields: Record<string, string>
  readonly headers: Record<string, string>
  /** Whether it would have been given up after some time. */
  readonly limited: boolean
}

/** What Stripe is to answer, or that the line is to break. */
export type Scripted = { readonly status?: number; readonly body: unknown } | 'broken line'

/** A Stripe that gives answers from a script, one for each request, and keeps what it was sent. */
export function scriptedStripe(...script: readonly Scripted[]) {
  const sent: Sent[] = []
  const gateway = new StripeGateway({
    secretKey: 'sk_test_key',
    apiUrl: 'http://stripe.test',
    fetch: async (address, { method = 'GET', headers, body, signal }) => {
      const url = new URL(address)
      const form = method === 'POST' ? new URLSearchParams(String(body)) : url.searchParams
      const fields = Object.fromEntries(form)
      const limited = signal instanceof AbortSignal
      sent.push({
        method,
        path: url.pathname,
        fields,
        headers: Object.fromEntries(new Headers(headers)),
        limited,
      })
      const answer = script[sent.length - 1]
      if (answer === undefined) throw new Error(`no answer is scripted for ${method} ${url.pathname}`)
      if (answer === 'broken line') throw new TypeError('fetch failed: sk_test_key')
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      return new Response(text, { status: answer.status ?? 200 })
    },
  })
  return { gateway, sent }
}

/** A PaymentIntent as Stripe shows it, as far as it matters. */
export function intent(status: string, more: Record<string, unknown> = {}) {
  return {
    id: 'pi_1',
    object: 'payment_intent',
    status,
    metadata: { paymentId: 'pay_1', orderId: 'ord_1' },
    last_payment_error: null,
    latest_charge: null,
    ...more,
  }
}

/** A charge by a card that was issued in a country. */
export function chargeFrom(country: string | null) {
  return {
    id: 'ch_1',
    object: 'charge',
    payment_method_details: { type: 'card', card: { brand: 'visa', country } },
  }
}

/** A Refund as Stripe shows it. */
export function refundObject(status: string | null, more: Record<string, unknown> = {}) {
  const metadata = { paymentId: 'pay_1', refundKey: 'pay_1/r/1' }
  return { id: 're_1', object: 'refund', status, metadata, ...more }
}

/** An error as Stripe answers it. */
export function refused(status: number, error: Record<string, unknown>): Scripted {
  return { status, body: { error: { message: 'quotes pm_secret', ...error } } }
}

/** An empty page of a list. */
export const emptyPage: Scripted = { body: { object: 'list', data: [], has_more: false } }
