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
 * The answer of the customer's profile: the order continues, or it ends, because the customer is not active or has
 * too many unpaid orders. Ignored if the order has been paid.
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

/** Whether the profile had no other order; without a new event, the order keeps its value. */
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
 * The results of the claims on promotions and points. A refused claim ends the order; with `skipInvalidPromotions`
 * the order is repriced without it. Claims granted after the end are recorded, and released by the reaction.
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
  // Repriced before the granted claims are recorded: the last of these events triggers the next step.
  return accept(repriced(state, lost), ...granted)
}

/** The name of a claim in `openClaims`. */
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

/** Promotions and points are claimed before the stock is held. */
export function claimOrReserve(state: Order, at: Instant, id: string): Effect {
  return state.openClaims.length > 0 ? claim(state, id) : reserve(state, at, id)
}

/** Holds the stock once no claim is open. */
function onceClaimed(state: Order, at: Instant, id: string): Effect[] {
  return state.openClaims.length > 0 ? [] : [reserve(state, at, id)]
}

/** Claims a use of each promotion, and the points. */
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

/** Releases the use of a promotion; ignored if it was never claimed. */
export function releasePromotion(code: string, orderId: string, reason: string): Effect {
  return send(toPromotion(code, { type: 'ReleasePromotion', orderId, reason }))
}

/** Restores the points that paid for the order to their lots. */
export function restorePoints(state: Order, id: string): Effect {
  return send(toCustomer(state.customerId, { type: 'RestorePoints', orderId: id }))
}

const placeReply = { type: 'RecordPlace' }

/** Opens the order in the customer's profile, which limits the unpaid orders of a customer. */
export function openPlace(state: Order, id: string): Effect {
  const waits = state.paymentMethod === undefined && needsPayment(state)
  const order = { ...holding(state, id), waits }
  return send(toCustomerProfile(state.customerId, { type: 'OpenOrder', ...order }), placeReply)
}

/** An order waits from its first payment that does not succeed at once; without a payment it waits already. */
export function askToWait(state: Order, id: string): Effect[] {
  if (hasEnded(state) || state.paymentMethod === undefined || state.payments.length > 1) return []
  const order = holding(state, id)
  return [send(toCustomerProfile(state.customerId, { type: 'AwaitPayment', ...order }), placeReply)]
}

/** Closes the order in the customer's profile. */
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
