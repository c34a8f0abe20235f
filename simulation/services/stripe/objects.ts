import type { Card, Decline } from './cards.ts'

// What Stripe keeps, and how it shows it. Amounts are in Stripe's units, times are Unix ms.

export type Metadata = Readonly<Record<string, string>>

export interface Intent {
  readonly id: string
  readonly chargeId: string
  readonly amount: number
  /** In lower case. */
  readonly currency: string
  readonly paymentMethod: string
  readonly card: Card
  readonly metadata: Metadata
  readonly createdAt: number
}

export interface Refund {
  readonly id: string
  readonly intent: Intent
  readonly amount: number
  readonly metadata: Metadata
  readonly createdAt: number
  status: 'pending' | 'succeeded' | 'failed'
  /** When the bank answers, and what; `null`: it has. */
  due: { readonly at: number; readonly status: 'succeeded' | 'failed' } | null
}

export interface Dispute {
  readonly id: string
  readonly intent: Intent
  readonly amount: number
  readonly reason: string
  status: 'warning_needs_response' | 'warning_closed' | 'needs_response' | 'won' | 'lost'
  /** What it took from the account (negative) and brought back. */
  readonly balance: number[]
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1_000)

export function shownIntent(intent: Intent, expandCharge: boolean) {
  const { id, chargeId, amount, currency, paymentMethod, card, metadata, createdAt } = intent
  const { decline } = card
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_received: decline ? 0 : amount,
    currency,
    created: seconds(createdAt),
    status: decline ? 'requires_payment_method' : 'succeeded',
    payment_method: decline ? null : paymentMethod,
    metadata,
    last_payment_error: decline ? { ...shownDecline(decline), charge: chargeId } : null,
    latest_charge: expandCharge ? shownCharge(intent) : chargeId,
  }
}

export function shownDecline({ code, declineCode, message }: Decline) {
  return { type: 'card_error', code, decline_code: declineCode, message }
}

function shownCharge({ chargeId, id, amount, currency, card, paymentMethod }: Intent) {
  return {
    id: chargeId,
    object: 'charge',
    amount,
    currency,
    paid: !card.decline,
    status: card.decline ? 'failed' : 'succeeded',
    payment_intent: id,
    payment_method: paymentMethod,
    payment_method_details: { type: 'card', card: { country: card.country } },
  }
}

export function shownRefund({ id, intent, amount, metadata, createdAt, status }: Refund) {
  return {
    id,
    object: 'refund',
    amount,
    currency: intent.currency,
    charge: intent.chargeId,
    payment_intent: intent.id,
    created: seconds(createdAt),
    metadata,
    status,
    ...(status === 'failed' && { failure_reason: 'expired_or_canceled_card' }),
  }
}

export function shownDispute({ id, intent, amount, reason, status, balance }: Dispute) {
  return {
    id,
    object: 'dispute',
    amount,
    currency: intent.currency,
    charge: intent.chargeId,
    payment_intent: intent.id,
    reason,
    status,
    balance_transactions: balance.map((moved) => ({ object: 'balance_transaction', amount: moved })),
  }
}

export function shownMethod(id: string, { country }: Card) {
  return { id, object: 'payment_method', type: 'card', card: { country } }
}
