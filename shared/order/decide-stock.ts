import { z } from 'zod'
import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { earlier, plus } from '../core/time.ts'
import { eligibilityReasonSchema } from '../promotion/terms.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent, OrderPromotion } from './events.ts'
import { shortageSchema } from './events.ts'
import { cancelled, confirmed, inCurrencyOf, inventoryEventsOf, refusedSteps } from './facts.ts'
import { orderRules } from './policies.ts'
import { orderDiscountPolicy } from './pricing.ts'
import { hasEnded, needsPayment, type Order } from './state.ts'

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
  const granted = command.outcome
    .filter((step) => step.ok)
    .map<OrderEvent>(({ to }) =>
      to.kind === 'promotion'
        ? { type: 'PromotionApplied', data: { code: to.id } }
        : { type: 'OrderPointsRedeemed', data: { points: Math.max(1, state.redeemPoints) } },
    )
  if (hasEnded(state)) return accept(...granted)
  const refused = refusedSteps(command.outcome)
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

function repriced(state: Order, lost: readonly OrderPromotion[]): OrderEvent {
  const codes = lost.map((promotion) => promotion.code)
  const { pricing } = orderDiscountPolicy({
    currency: state.pricing.currency,
    lines: state.pricing.lines,
    terms: state.terms.filter((terms) => !codes.includes(terms.code)),
    tier: state.tier,
    redeemPoints: state.redeemPoints,
    shippingPrice: state.shippingQuote.price.amount,
  })
  const promotions = state.promotions.map((known) => lost.find(({ code }) => code === known.code) ?? known)
  return { type: 'OrderRepriced', data: { pricing, promotions } }
}

/** What became of the holds on stock: all of them, or the order ends naming what is short. */
export function recordReservations(
  command: CommandOf<OrderCommand, 'RecordReservations'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  const held = inventoryEventsOf(command.outcome).flatMap((event) =>
    event.type === 'InventoryReserved' ? [event.data] : [],
  )
  const until = held
    .map((reservation) => reservation.expiresAt)
    .reduce(earlier, plus(context.now, orderRules.hold))
  const stockHeld: OrderEvent = {
    type: 'OrderStockHeld',
    data: {
      reservations: held.map(({ sku, quantity, allocations, rule }) => ({
        sku,
        quantity,
        allocations,
        rule,
      })),
      holdUntil: until,
    },
  }
  if (hasEnded(state)) return held.length === 0 ? accept() : accept(stockHeld)
  const shortages = refusedSteps(command.outcome).map(
    ({ to, refusal }) =>
      shortageSchema.safeParse(refusal.facts).data ?? { sku: to.id, requested: 0, available: 0 },
  )
  if (shortages.length > 0) {
    const detail = shortages
      .map((s) => `${s.sku}: ${s.requested} wanted, ${s.available} available`)
      .join('; ')
    const ended = cancelled(state, 'out_of_stock', detail, shortages)
    return held.length === 0 ? accept(ended) : accept<OrderEvent>(stockHeld, ended)
  }
  if (!needsPayment(state)) return accept<OrderEvent>(stockHeld, confirmed(state, 'process'))
  if (!state.paymentMethod) return accept(stockHeld)
  return accept<OrderEvent>(stockHeld, {
    type: 'OrderPaymentStarted',
    data: {
      paymentId: context.newId('pay'),
      amount: inCurrencyOf(state, state.pricing.total),
      paymentMethod: state.paymentMethod,
      attempt: 1,
      holdUntil: until,
      holdExtended: false,
    },
  })
}

/** The stock is sold to this order, and a delivery can be asked for; or it was gone after all. */
export function recordStockCommitted(
  command: CommandOf<OrderCommand, 'RecordStockCommitted'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state)) return accept()
  const lost = refusedSteps(command.outcome)
  if (lost.length > 0) {
    const shortages = lost.map(({ to }) => {
      const requested = state.reservations.find((reservation) => reservation.sku === to.id)?.quantity ?? 0
      return { sku: to.id, requested, available: 0 }
    })
    return accept(cancelled(state, 'out_of_stock', 'The hold on the stock had ended.', shortages))
  }
  return accept<OrderEvent>(
    { type: 'OrderStockCommitted', data: { skus: command.outcome.map((step) => step.to.id) } },
    {
      type: 'OrderDeliveryRequested',
      data: { deliveryId: context.newId('dlv'), service: state.shippingQuote.service },
    },
  )
}
