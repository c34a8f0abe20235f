import { z } from 'zod'
import type { Currency } from '../../core/money/money.ts'
import type {
  ChargeRequest,
  ChargeResult,
  ChargeRule,
  PaymentGateway,
  PaymentMethodFacts,
  RefundRequest,
  RefundResult,
} from '../payment-gateway.ts'
import { PortError } from '../port-error.ts'
import {
  rejected,
  type StripeAnswer,
  StripeClient,
  type StripeError,
  type StripeSettings,
  unreadable,
} from './client.ts'
import { isCountable, stripeAmount, stripeChargeRule } from './money.ts'
import {
  chargeResultOf,
  declined,
  declineOf,
  type PaymentIntent,
  paymentIntentSchema,
  paymentMethodSchema,
  type Refund,
  refundResultOf,
  refundSchema,
} from './objects.ts'

/**
 * Stripe as a payment gateway: one PaymentIntent for each payment, confirmed as it is created. The key goes out as
 * `Idempotency-Key`, which Stripe stores for a day, and as metadata, by which `find` finds the payment later.
 */
export class StripeGateway implements PaymentGateway {
  readonly #client: StripeClient

  constructor(settings: StripeSettings) {
    this.#client = new StripeClient(settings)
  }

  async inspect(paymentMethod: string): Promise<PaymentMethodFacts> {
    const answer = await this.#client.get(`/v1/payment_methods/${encodeURIComponent(paymentMethod)}`)
    if (!answer.ok) {
      if (answer.error.code === 'resource_missing') return {}
      throw rejected(answer.error)
    }
    const country = read(paymentMethodSchema, answer.body).card?.country
    return country ? { cardCountry: country } : {}
  }

  chargeRule(currency: Currency): ChargeRule | null {
    return stripeChargeRule(currency)
  }

  async charge({ key, amount, paymentMethod, orderId }: ChargeRequest): Promise<ChargeResult> {
    // Checked when ordering; an older or repriced order fails here without a call.
    if (!isCountable(amount) || !stripeChargeRule(amount.currency)) return declined('amount_not_chargeable')
    const answer = await this.#client.post(
      '/v1/payment_intents',
      {
        ...stripeAmount(amount),
        payment_method: paymentMethod,
        'payment_method_types[0]': 'card',
        confirm: 'true',
        // The buyer is absent and cannot authenticate: such a card is declined.
        error_on_requires_action: 'true',
        'metadata[paymentId]': key,
        'metadata[orderId]': orderId,
        'expand[0]': 'latest_charge',
      },
      key,
    )
    if (!answer.ok) return refusedCharge(answer.error)
    return knownResult(read(paymentIntentSchema, answer.body))
  }

  /**
   * Finds the charge of this key. Stripe's search lags by up to a minute, in which the idempotency key prevents a
   * second charge.
   */
  async find(key: string): Promise<ChargeResult | null> {
    const answer = await this.#client.get('/v1/payment_intents/search', {
      query: `metadata['paymentId']:'${key.replace(/['\\]/g, '\\$&')}'`,
      'expand[0]': 'data.latest_charge',
      limit: '10',
    })
    // The charge may exist although the search is refused.
    if (!answer.ok) throw new PortError('unknown_outcome', 'gateway_search_refused', 'Stripe does not search')
    const { data } = read(z.object({ data: z.array(paymentIntentSchema) }), answer.body)
    const ours = data.filter(({ metadata }) => metadata?.paymentId === key)
    const intent = ours.find(({ status }) => status === 'succeeded') ?? ours[0]
    return intent ? knownResult(intent) : null
  }

  /**
   * Refunds a part of a charge unless a refund with this key exists; throws `unknown_outcome` until the bank has
   * accepted or refused it.
   */
  async refund({ key, chargeKey, chargeId, amount }: RefundRequest): Promise<RefundResult> {
    // Searched first: Stripe forgets keys after a day, and an operator may retry after a week.
    const known = await this.#findRefund(chargeId, key)
    if (known) return knownRefund(known)
    if (!isCountable(amount))
      return {
        status: 'failed',
        code: 'amount_not_refundable',
        detail: 'The gateway does not count in so small units of this currency.',
      }
    const answer = await this.#client.post(
      '/v1/refunds',
      {
        payment_intent: chargeId,
        // In the currency of the charge: a refund has none of its own.
        amount: stripeAmount(amount).amount,
        'metadata[paymentId]': chargeKey,
        'metadata[refundKey]': key,
      },
      key,
    )
    return answer.ok ? knownRefund(read(refundSchema, answer.body)) : refusedRefund(answer.error)
  }

  async #findRefund(chargeId: string, key: string): Promise<Refund | undefined> {
    const page = z.object({ data: z.array(refundSchema), has_more: z.boolean() })
    let after: string | undefined
    do {
      const fields = { payment_intent: chargeId, limit: '100', ...(after && { starting_after: after }) }
      const { data, has_more } = bodyOf(page, await this.#client.get('/v1/refunds', fields))
      const found = data.find(({ metadata }) => metadata?.refundKey === key)
      if (found) return found
      after = has_more ? data.at(-1)?.id : undefined
    } while (after)
    return undefined
  }

  /** The key of the charge of a PaymentIntent; `null` when Petrel did not make it. */
  async keyOf(paymentIntentId: string): Promise<string | null> {
    const answer = await this.#client.get(`/v1/payment_intents/${encodeURIComponent(paymentIntentId)}`)
    if (!answer.ok && answer.error.code === 'resource_missing') return null
    return bodyOf(paymentIntentSchema, answer).metadata?.paymentId ?? null
  }
}

/** @throws PortError `unknown_outcome` while the result is pending at Stripe */
function knownResult(intent: PaymentIntent): ChargeResult {
  const result = chargeResultOf(intent)
  if (result) return result
  throw new PortError('unknown_outcome', 'charge_pending', `the charge is ${intent.status} at Stripe`)
}

/** @throws PortError `unknown_outcome` as long as the refund is under way */
function knownRefund(refund: Refund): RefundResult {
  const result = refundResultOf(refund)
  if (result) return result
  throw new PortError('unknown_outcome', 'refund_pending', 'the refund is still under way at Stripe')
}

/** A decline and an unknown method are results; any other refusal is a defect. */
function refusedCharge(error: StripeError): ChargeResult {
  if (error.type === 'card_error') return declineOf(error)
  if (error.code === 'resource_missing' && error.param === 'payment_method')
    return declined('unknown_payment_method')
  throw rejected(error)
}

/** Refusals in words of the domain, for operators. */
const refundRefusals: ReadonlyMap<string, string> = new Map([
  ['charge_already_refunded', 'The charge has been refunded already.'],
  ['charge_disputed', 'The charge is disputed at the bank.'],
  ['refund_disputed_payment', 'The charge is disputed at the bank.'],
  ['charge_not_refundable', 'The charge cannot be refunded.'],
  ['amount_too_large', 'The refund is more than what is left of the charge.'],
])

function refusedRefund(error: StripeError): RefundResult {
  const detail = refundRefusals.get(error.code ?? '')
  if (!error.code || !detail) throw rejected(error)
  return { status: 'failed', code: error.code, detail }
}

function bodyOf<Schema extends z.ZodType>(schema: Schema, answer: StripeAnswer): z.output<Schema> {
  if (!answer.ok) throw rejected(answer.error)
  return read(schema, answer.body)
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw unreadable()
  return parsed.data
}
