import { moneyOf } from '../../../shared/ports/stripe/money.ts'
import type { GatewayBook } from '../../world.ts'
import { cards } from './cards.ts'
import { missing, refused, StripeRefusal, unreadable } from './errors.ts'
import type { StripeNews } from './news.ts'
import {
  type Dispute,
  type Intent,
  type Metadata,
  type Refund,
  shownDecline,
  shownIntent,
} from './objects.ts'

/** How long the bank takes for a refund that it does not answer at once (ms). */
export const BANK_MS = 30_000
/** The least that can be charged, of some currencies; one unit of others. */
const minimum: ReadonlyMap<string, number> = new Map([
  ['usd', 50],
  ['eur', 50],
  ['jpy', 50],
  ['gbp', 30],
])

/** The payments of an account at Stripe, with the rules of charges, refunds and disputes. Reports news of each. */
export class StripeAccount {
  readonly intents: Intent[] = []
  readonly refunds: Refund[] = []
  readonly disputes: Dispute[] = []
  readonly #news: StripeNews

  constructor(news: StripeNews) {
    this.#news = news
  }

  /** @throws StripeRefusal for a decline too; the intent stays, without a payment */
  charge(
    about: { amount: number; currency: string; paymentMethod: string; metadata: Metadata },
    now: number,
  ): Intent {
    const { amount, currency, paymentMethod } = about
    if (!/^[a-z]{3}$/.test(currency))
      throw unreadable('parameter_invalid', 'currency', `Invalid currency: ${currency}`)
    if (amount < (minimum.get(currency) ?? 1))
      throw refused('Amount is too small.', { code: 'amount_too_small', param: 'amount' })
    const card = cards.get(paymentMethod)
    if (!card) throw missing('PaymentMethod', paymentMethod, 'payment_method', 400)
    const number = this.intents.length + 1
    const intent: Intent = { ...about, id: `pi_${number}`, chargeId: `ch_${number}`, card, createdAt: now }
    this.intents.push(intent)
    if (card.decline) {
      this.#news.add('payment_intent.payment_failed', shownIntent(intent, false), now)
      const fields = { charge: intent.chargeId, payment_intent: shownIntent(intent, false) }
      throw new StripeRefusal(402, { ...shownDecline(card.decline), ...fields }, true)
    }
    this.#news.add('payment_intent.succeeded', shownIntent(intent, false), now)
    if (card.afterwards === 'dispute' || card.afterwards === 'inquiry')
      this.dispute(intent, card.afterwards === 'dispute' ? 'needs_response' : 'warning_needs_response', now)
    return intent
  }

  /** @throws StripeRefusal for more than what is left of the charge, or while it is disputed */
  refund(intentId: string, amount: number, metadata: Metadata, now: number): Refund {
    const intent = this.intents.find(({ id }) => id === intentId)
    if (!intent) throw missing('payment_intent', intentId, 'payment_intent', 400)
    if (intent.card.decline) throw refused('This PaymentIntent does not have a successful charge to refund.')
    const isDisputed = this.disputes.some(
      (dispute) =>
        dispute.intent === intent && (dispute.status === 'needs_response' || dispute.status === 'lost'),
    )
    if (isDisputed)
      throw refused(`Charge ${intent.chargeId} has been charged back; cannot issue a refund.`, {
        code: 'charge_disputed',
      })
    const left = intent.amount - this.#refunded(intent)
    if (left === 0)
      throw refused(`Charge ${intent.chargeId} has already been refunded.`, {
        code: 'charge_already_refunded',
      })
    // This one has no code.
    if (amount > left)
      throw refused(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
        param: 'amount',
      })
    const { afterwards } = intent.card
    const refund: Refund = {
      id: `re_${this.refunds.length + 1}`,
      ...{ intent, amount, metadata, createdAt: now },
      status: afterwards === 'refund_waits' ? 'pending' : 'succeeded',
      due:
        afterwards === 'refund_waits'
          ? { at: now + BANK_MS, status: 'succeeded' }
          : afterwards === 'refund_fails'
            ? { at: now + BANK_MS, status: 'failed' }
            : null,
    }
    this.refunds.push(refund)
    this.#news.addRefund('refund.created', refund, now)
    return refund
  }

  /** Lets the bank answer refunds that are due. */
  settle(now: number): void {
    for (const refund of this.refunds) {
      const { due } = refund
      if (due && due.at <= now) this.endRefund(refund, due.status, due.at)
    }
  }

  endRefund(refund: Refund, status: 'succeeded' | 'failed', now: number): void {
    refund.due = null
    refund.status = status
    this.#news.addRefund(status === 'failed' ? 'refund.failed' : 'refund.updated', refund, now)
  }

  dispute(
    intent: Intent,
    status: 'needs_response' | 'warning_needs_response',
    now: number,
    reason = 'fraudulent',
  ): Dispute {
    const { amount } = intent
    const balance = status === 'needs_response' ? [-amount] : []
    const dispute: Dispute = { id: `dp_${this.disputes.length + 1}`, intent, amount, reason, status, balance }
    this.disputes.push(dispute)
    this.#news.addDispute('charge.dispute.created', dispute, now)
    return dispute
  }

  /** In minor units; a refund without a key of Petrel's is named by its own id. */
  book(): GatewayBook {
    return {
      charges: this.intents.map(({ id, metadata, paymentMethod, amount, currency, card }) => ({
        key: metadata.paymentId ?? id,
        paymentMethod,
        ...moneyOf(amount, currency),
        succeeded: !card.decline,
      })),
      refunds: this.refunds.map(({ id, intent, amount, metadata, status }) => ({
        chargeKey: intent.metadata.paymentId ?? intent.id,
        key: metadata.refundKey ?? id,
        ...moneyOf(amount, intent.currency),
        succeeded: status === 'succeeded',
      })),
    }
  }

  #refunded(intent: Intent): number {
    let total = 0
    for (const refund of this.refunds)
      if (refund.intent === intent && refund.status !== 'failed') total += refund.amount
    return total
  }
}
