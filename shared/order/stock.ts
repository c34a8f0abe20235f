import { z } from 'zod'
import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import type { CommandsOutcome } from '../core/effect.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { quantityBySku } from '../core/quantity.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { earlier, type Instant, plus } from '../core/time.ts'
import { eligibilityReasonSchema } from '../promotion/terms.ts'
import type { OrderCommand } from './commands.ts'
import { lostPromotionDecisions } from './decisions.ts'
import type { OrderEvent, OrderPromotion } from './events.ts'
import {
  cancelled,
  confirmed,
  ending,
  inventoryEventsOf,
  paymentStarted,
  refusedSteps,
  shortageOf,
  stockGone,
} from './facts.ts'
import { orderRules } from './policies.ts'
import { orderDiscountPolicy } from './pricing.ts'
import { hasEnded, needsPayment, type Order, POINTS } from './state.ts'

const promotionRefusalFacts = z.object({ reasons: z.array(eligibilityReasonSchema).min(1) })

/**
 * What became of the claims on promotions and points. One that is lost ends the order, or with
 * `skipInvalidPromotions` prices it anew without it. Claims that arrive after the end are noted, and
 * given back by what follows from the note.
 */
export function recordClaims(
  command: CommandOf<OrderCommand, 'RecordClaims'>,
  state: Order,
): Decision<OrderEvent> {
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

/** What became of the holds on stock: all of them, or the order ends naming what is short. */
export function recordReservations(
  command: CommandOf<OrderCommand, 'RecordReservations'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  // The hold is asked for once, so what is known already was told by the same answer.
  if (state.reservations.length > 0) return accept()
  const reservations = reservationsOf(command.outcome, state)
  const holdUntil = holdEnd(command.outcome, context.now)
  const decisions = allocationDecisions(command.outcome)
  const stockHeld: OrderEvent = { type: 'OrderStockHeld', data: { reservations, holdUntil, decisions } }
  if (hasEnded(state)) return reservations.length === 0 ? accept() : accept(stockHeld)
  const shortages = refusedSteps(command.outcome).map((step) => shortageOf(state, step))
  if (shortages.length > 0) {
    const detail = shortages
      .map((s) => `${s.sku}: ${s.requested} wanted, ${s.available} available`)
      .join('; ')
    const ended = cancelled(state, 'out_of_stock', detail, shortages)
    return reservations.length === 0 ? accept(ended) : accept<OrderEvent>(stockHeld, ended)
  }
  if (!needsPayment(state)) return accept<OrderEvent>(stockHeld, confirmed(state, 'process'))
  const { paymentMethod } = state
  if (!paymentMethod) return accept(stockHeld)
  const paymentId = context.newId('pay')
  return accept<OrderEvent>(
    stockHeld,
    paymentStarted(state, {
      paymentId,
      paymentMethod,
      holdUntil,
      now: context.now,
    }),
  )
}

type Reservations = Extract<OrderEvent, { type: 'OrderStockHeld' }>['data']['reservations']

/** What is on hold for the order. Of a hold that stood before it asked only the quantity is told. */
function reservationsOf(outcome: CommandsOutcome, state: Order): Reservations {
  const wanted = new Map(quantityBySku(state.pricing.lines))
  return outcome
    .filter((step) => step.ok)
    .map((step) => {
      const made = inventoryEventsOf([step]).find((event) => event.type === 'InventoryReserved')
      if (!made) return { sku: step.to.id, quantity: wanted.get(step.to.id) ?? 1, allocations: [] }
      const { sku, quantity, allocations } = made.data
      return { sku, quantity, allocations }
    })
}

/** Why each SKU came from where it came, as its stock tells it; nothing of a hold that stood before. */
function allocationDecisions(outcome: CommandsOutcome): PolicyDecision[] {
  return inventoryEventsOf(outcome).flatMap((event) =>
    event.type === 'InventoryReserved'
      ? event.data.decisions.map((decision) => ({
          ...decision,
          inputs: { ...decision.inputs, sku: event.data.sku },
        }))
      : [],
  )
}

/** When the order's hold ends (UTC): with the first of its stock. */
function holdEnd(outcome: CommandsOutcome, now: Instant): Instant {
  return inventoryEventsOf(outcome)
    .flatMap((event) => (event.type === 'InventoryReserved' ? [event.data.expiresAt] : []))
    .reduce(earlier, plus(now, orderRules.hold))
}

/** The stock is sold to this order, and a delivery can be asked for; or it was gone after all. */
export function recordStockCommitted(
  command: CommandOf<OrderCommand, 'RecordStockCommitted'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state) || state.stockCommitted) return accept()
  const lost = refusedSteps(command.outcome)
  if (lost.length > 0) return accept(stockGone(state, lost))
  return accept<OrderEvent>(
    { type: 'OrderStockCommitted', data: { skus: command.outcome.map((step) => step.to.id) } },
    {
      type: 'OrderDeliveryRequested',
      data: { deliveryId: context.newId('dlv'), service: state.shippingQuote.service },
    },
  )
}

/**
 * Somebody else has given back stock of the order. It ends before it is charged, or is refunded: what is not held
 * cannot be sold. One that has left goes on, and puts nothing back a second time when it returns.
 */
export function recordReservationReleased(
  { sku, quantity, available }: CommandOf<OrderCommand, 'RecordReservationReleased'>,
  state: Order,
): Decision<OrderEvent> {
  const isHeld = state.reservations.some((reservation) => reservation.sku === sku)
  // Perhaps the hold itself is still to be told: what comes of the rest is given back then.
  const isAwaited =
    state.status === 'pending' &&
    state.reservations.length === 0 &&
    state.pricing.lines.some((line) => line.sku === sku)
  if (!isHeld && !isAwaited) return accept()
  const ended = ending(state, 'out_of_stock', 'The stock was released by an operator.', [
    { sku, requested: quantity, available },
  ])
  if (!isHeld) return accept(...ended)
  return accept<OrderEvent>({ type: 'OrderStockReleased', data: { sku, quantity } }, ...ended)
}
