import { z } from 'zod'
import type { CommandOf } from '../../core/aggregate.ts'
import {
  type CommandStep,
  type Effect,
  type StepOutcome,
  send,
  sendEach,
  sendInOrder,
} from '../../core/effect.ts'
import { quantityBySku } from '../../core/quantity.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import { toCustomer } from '../../customer/commands.ts'
import { toCustomerProfile } from '../../customer-profile/commands.ts'
import { customerProfileEvent } from '../../customer-profile/events.ts'
import { toPromotion } from '../../promotion/commands.ts'
import { eligibilityReasonSchema } from '../../promotion/terms.ts'
import type { OrderCommand } from '../commands.ts'
import { lostPromotionDecisions, withDecisions } from '../decisions.ts'
import type { OrderEvent, OrderEventOf, OrderPromotion } from '../events.ts'
import { cancelled, refusedSteps } from '../facts.ts'
import {
  countedAs,
  hasEnded,
  isUnpaid,
  needsPayment,
  type Order,
  type OrderFeature,
  POINTS,
} from '../state.ts'
import { orderDiscountPolicy } from './pricing.ts'
import { reserve } from './stock.ts'

/**
 * What an order claims before its stock is held, because it is scarce and cheap to give back: a place among the
 * unpaid orders of its customer, a use of each promotion, and points.
 */
export const claims = {
  evolve: {
    OrderPlaceGranted: (state, { firstOrder }) => ({ ...state, awaitsPlace: false, firstOrder }),
    PromotionApplied: (state, { code }) => withoutClaim(state, code),
    OrderPointsRedeemed: (state) => withoutClaim(state, POINTS),
    OrderRepriced: withNewPrice,
  },
  decide: {
    RecordPlace: recordPlace,
    RecordClaims: recordClaims,
  },
  react: {
    OrderPlaceGranted: (_, state, { id, at }) => [claimOrReserve(state, at, id)],
    PromotionApplied: ({ code }, state, { id, at }) =>
      hasEnded(state) ? [releasePromotion(code, id, 'order_ended')] : onceClaimed(state, at, id),
    OrderPointsRedeemed: (_, state, { id, at }) =>
      hasEnded(state) ? [restorePoints(state, id)] : onceClaimed(state, at, id),
    OrderRepriced: (_, state, { id, at }) => onceClaimed(state, at, id),
  },
} satisfies OrderFeature

function withNewPrice(
  state: Order,
  { pricing, promotions, decisions }: OrderEventOf<'OrderRepriced'>['data'],
): Order {
  const lost = promotions.filter((promotion) => !promotion.applied).map((promotion) => promotion.code)
  return {
    ...state,
    pricing,
    promotions,
    terms: state.terms.filter((terms) => !lost.includes(terms.code)),
    openClaims: state.openClaims.filter((claim) => !lost.includes(claim)),
    decisions: withDecisions(state.decisions, decisions),
  }
}

function withoutClaim(state: Order, claim: string): Order {
  return { ...state, openClaims: state.openClaims.filter((open) => open !== claim) }
}

type Refusal = Extract<StepOutcome, { ok: false }>['refusal']

/**
 * What the customer's profile answered: the order goes on, or it ends, because the customer may order no
 * more, or has too many others that wait. Of an order that is paid by now it does not matter.
 */
function recordPlace(
  { outcome: [step] }: CommandOf<OrderCommand, 'RecordPlace'>,
  state: Order,
): Decision<OrderEvent> {
  if (!step || !isUnpaid(state)) return accept()
  if (!step.ok) return accept(cancelled(state, reasonOf(step.refusal, state), step.refusal.detail))
  if (!state.awaitsPlace) return accept()
  return accept({ type: 'OrderPlaceGranted', data: { firstOrder: state.firstOrder && isFirst(step.events) } })
}

/** Whether the profile knew of no other order; an order that it knew already is what it was taken for. */
function isFirst(events: readonly unknown[]): boolean {
  return events
    .flatMap((event) => customerProfileEvent.safeParse(event).data ?? [])
    .every((event) => event.type !== 'CustomerOrderOpened' || event.data.firstOrder)
}

function reasonOf(
  { code, facts }: Refusal,
  { payments }: Order,
): OrderEventOf<'OrderCancelled'>['data']['reason'] {
  if (code === 'customer_not_active')
    return facts?.status === 'erased' ? 'customer_erased' : 'customer_suspended'
  return payments.some(({ status }) => status === 'failed') ? 'payment_failed' : 'order_limit'
}

const promotionRefusalFacts = z.object({ reasons: z.array(eligibilityReasonSchema).min(1) })

/**
 * What became of the claims on promotions and points. One that is lost ends the order, or with
 * `skipInvalidPromotions` prices it anew without it. Claims that arrive after the end are noted, and
 * given back by what follows from the note.
 */
function recordClaims(command: CommandOf<OrderCommand, 'RecordClaims'>, state: Order): Decision<OrderEvent> {
  const answered = command.outcome.filter(({ to }) => state.openClaims.includes(claimOf(to)))
  const granted = answered
    .filter((step) => step.ok)
    .map<OrderEvent>(({ to }) =>
      to.kind === 'promotion'
        ? { type: 'PromotionApplied', data: { code: to.id } }
        : { type: 'OrderPointsRedeemed', data: { points: state.redeemPoints } },
    )
  if (hasEnded(state)) return accept(...granted)
  const refused = refusedSteps(answered)
  const points = refused.find((step) => step.to.kind !== 'promotion')
  if (points) return accept(...granted, cancelled(state, 'points_unavailable', points.refusal.detail))
  const lost = refused.map<OrderPromotion>((step) => ({
    code: step.to.id,
    applied: false,
    reason: promotionRefusalFacts.safeParse(step.refusal.facts).data?.reasons[0] ?? 'unknown_code',
  }))
  if (lost.length === 0) return accept(...granted)
  if (!state.skipInvalidPromotions)
    return accept(
      ...granted,
      cancelled(state, 'promotion_refused', lost.map(({ code, reason }) => `${code}: ${reason}`).join(', ')),
    )
  // Priced anew before the granted claims are noted: the last of these events sets the next step off.
  return accept(repriced(state, lost), ...granted)
}

/** The name under which the order waits for the answer to a claim. */
function claimOf(to: { kind: string; id: string }): string {
  return to.kind === 'promotion' ? to.id : POINTS
}

function repriced(state: Order, lost: readonly OrderPromotion[]): OrderEvent {
  const codes = lost.map((promotion) => promotion.code)
  const { pricing, decisions } = orderDiscountPolicy({
    currency: state.pricing.currency,
    lines: state.pricing.lines,
    terms: state.terms.filter((terms) => !codes.includes(terms.code)),
    tier: state.tier,
    redeemPoints: state.redeemPoints,
    counting: state.exchange,
    shippingPrice: state.shippingQuote.price.amount,
  })
  const promotions = state.promotions.map((known) => lost.find(({ code }) => code === known.code) ?? known)
  return {
    type: 'OrderRepriced',
    data: { pricing, promotions, decisions: [...lostPromotionDecisions(lost), ...decisions] },
  }
}

/** What is scarce and cheap to give back is claimed first, then the stock is held. */
export function claimOrReserve(state: Order, at: Instant, id: string): Effect {
  return state.openClaims.length > 0 ? claim(state, id) : reserve(state, at, id)
}

/** Each answered claim closes one; the last sets off the next step. */
function onceClaimed(state: Order, at: Instant, id: string): Effect[] {
  return state.openClaims.length > 0 ? [] : [reserve(state, at, id)]
}

/** A use of each promotion, and the points: they are scarce like stock, and cheaper to give back. */
function claim(state: Order, id: string): Effect {
  const { lines, currency, subtotal } = state.pricing
  const facts = {
    customerId: state.customerId,
    currency,
    shippingPrice: state.shippingQuote.price.amount,
    lines: lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice })),
    customer: { tier: state.tier, segment: state.segment, firstOrder: state.firstOrder },
  }
  const steps: CommandStep[] = state.terms.map(({ code }) =>
    toPromotion(code, { type: 'ApplyPromotion', orderId: id, facts }),
  )
  if (state.redeemPoints > 0) {
    const { redeemPoints: points, customerId } = state
    steps.push(
      toCustomer(customerId, {
        type: 'RedeemPoints',
        orderId: id,
        points,
        subtotal: { amount: subtotal, currency },
        ...countedAs(state),
      }),
    )
  }
  const reply = { type: 'RecordClaims' }
  return state.skipInvalidPromotions ? sendEach(steps, reply) : sendInOrder(steps, reply)
}

/** Gives the use of a promotion back; one that was never claimed is no error. */
export function releasePromotion(code: string, orderId: string, reason: string): Effect {
  return send(toPromotion(code, { type: 'ReleasePromotion', orderId, reason }))
}

/** The points that paid for the order go back to their lots. */
export function restorePoints(state: Order, id: string): Effect {
  return send(toCustomer(state.customerId, { type: 'RestorePoints', orderId: id }))
}

const placeReply = { type: 'RecordPlace' }

/** The customer's profile notes the order: one object decides how many of a customer's orders wait unpaid. */
export function openPlace(state: Order, id: string): Effect {
  const waits = state.paymentMethod === undefined && needsPayment(state)
  const order = { ...holding(state, id), waits }
  return send(toCustomerProfile(state.customerId, { type: 'OpenOrder', ...order }), placeReply)
}

/** From its first payment that does not succeed at once an order waits; one without a payment did before. */
export function askToWait(state: Order, id: string): Effect[] {
  if (hasEnded(state) || state.paymentMethod === undefined || state.payments.length > 1) return []
  const order = holding(state, id)
  return [send(toCustomerProfile(state.customerId, { type: 'AwaitPayment', ...order }), placeReply)]
}

/** The order waits no more. */
export function closePlace(state: Order, id: string, outcome: 'confirmed' | 'cancelled'): Effect {
  const { customerId } = state
  return send(
    toCustomerProfile(customerId, { type: 'CloseOrder', orderId: id, outcome, buyer: buyerOf(state) }),
  )
}

function holding(state: Order, orderId: string) {
  const units = quantityBySku(state.pricing.lines).map(([sku, quantity]) => ({ sku, quantity }))
  return { orderId, units, placedBy: state.placedBy ?? 'customer', buyer: buyerOf(state) } as const
}

function buyerOf({ tier, segment, firstOrder }: Order) {
  return { tier, segment, firstOrder }
}
