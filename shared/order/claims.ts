import { toCart } from '../cart/commands.ts'
import {
  type CommandStep,
  type Effect,
  schedule,
  send,
  sendAllOrNone,
  sendEach,
  sendInOrder,
} from '../core/effect.ts'
import { quantityBySku } from '../core/quantity.ts'
import { type Instant, plus } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import { toInventory } from '../inventory/commands.ts'
import { toPayment } from '../payment/commands.ts'
import { toPromotion } from '../promotion/commands.ts'
import type { OrderEventOf } from './events.ts'
import { orderRules } from './policies.ts'
import { countedAs, hasEnded, type Order } from './state.ts'

/** The timer that ends an order which nobody has paid. */
export const HOLD = 'hold'

/** The cart that was ordered from is closed. */
export function closeCart(state: Order, id: string): Effect[] {
  const { cartId, customerId } = state
  return cartId === undefined
    ? []
    : [send(toCart(cartId, { type: 'CheckOut', orderId: id, customerId }), { type: 'RecordCartClosed' })]
}

/** What is scarce and cheap to give back is claimed first, then the stock is held. */
export function claimOrReserve(state: Order, at: Instant, id: string): Effect {
  return state.openClaims.length > 0 ? claim(state, id) : reserve(state, at, id)
}

/** Each answered claim closes one; the last sets off the next step. */
export function onceClaimed(state: Order, at: Instant, id: string): Effect[] {
  return state.openClaims.length > 0 ? [] : [reserve(state, at, id)]
}

/** Holds on the stock: summed per SKU, in sorted order, all or nothing. */
function reserve(state: Order, at: Instant, id: string): Effect {
  return sendAllOrNone(
    quantityBySku(state.pricing.lines).map(([sku, quantity]) =>
      toInventory(sku, {
        type: 'ReserveInventory',
        orderId: id,
        quantity,
        expiresAt: plus(at, orderRules.hold),
        grace: orderRules.stockGrace,
        shipTo: destination(state),
      }),
    ),
    { type: 'RecordReservations' },
  )
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

/** A charge, after the stock has been held for as long as that may take. */
export function startPayment(
  started: OrderEventOf<'OrderPaymentStarted'>['data'],
  state: Order,
  id: string,
): Effect[] {
  const { paymentId, amount, paymentMethod, attempt, holdUntil, holdExtended } = started
  const payment = toPayment(paymentId, {
    type: 'ProcessPayment',
    orderId: id,
    customerId: state.customerId,
    amount,
    paymentMethod,
    attempt,
    shippingCountry: state.shippingAddress.country,
    failedTries: state.payments.filter(({ status }) => status === 'failed').length,
  })
  const extensions = holdExtended ? extendHold(holdUntil, state, id) : []
  return [
    endHoldAt(holdUntil),
    sendInOrder(
      [...extensions, payment],
      extensions.length > 0 ? { type: 'RecordPaymentSubmitted', paymentId } : undefined,
    ),
  ]
}

/** A payment that waits for an operator keeps its stock waiting; of an order that has ended it is turned down. */
export function holdPayment(
  { paymentId, holdUntil }: OrderEventOf<'OrderPaymentHeld'>['data'],
  state: Order,
  id: string,
): Effect[] {
  if (hasEnded(state)) return [withdrawReview(paymentId, 'order_ended')]
  return [endHoldAt(holdUntil), sendInOrder(extendHold(holdUntil, state, id), { type: 'RecordHoldExtended' })]
}

/** Turns a payment down that is under review; one that no longer is does not mind. */
export function withdrawReview(paymentId: string, reason: string): Effect {
  return send(toPayment(paymentId, { type: 'WithdrawReview', reason }))
}

/** The order ends then, unless it is confirmed. */
export function endHoldAt(holdUntil: Instant): Effect {
  return schedule(HOLD, holdUntil, { type: 'EndHold' })
}

function extendHold(holdUntil: Instant, state: Order, id: string): CommandStep[] {
  return state.reservations.map(({ sku }) =>
    toInventory(sku, { type: 'ExtendReservation', orderId: id, expiresAt: holdUntil }),
  )
}

function destination({ shippingAddress: { country, region } }: Order) {
  return { country, ...(region !== undefined && { region }) }
}
