import { toCart } from '../cart/commands.ts'
import {
  type CommandStep,
  type Effect,
  schedule,
  send,
  sendEach,
  sendInOrder,
  unschedule,
} from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import { quantityBySku } from '../core/quantity.ts'
import { type Instant, plus } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import { toDelivery } from '../delivery/commands.ts'
import { toInventory } from '../inventory/commands.ts'
import { toPayment } from '../payment/commands.ts'
import { toPromotion } from '../promotion/commands.ts'
import type { OrderEvent } from './events.ts'
import { orderRules } from './policies.ts'
import { currentDelivery, hasEnded, type Order } from './state.ts'

const HOLD = 'hold'

/**
 * The checkout process: hold stock, then charge, then confirm. Each event asks for the next step; each
 * answer comes back as a command. What is granted after the order has ended is given back here, so that
 * no order of arrival leaves anything behind.
 */
export function react(event: OrderEvent, state: Order, at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'OrderCreated':
      return [
        ...closeCart(state, id),
        state.openClaims.length > 0 ? claim(state, id) : reserve(state, at, id),
      ]
    case 'PromotionApplied':
      return hasEnded(state)
        ? [
            send(
              toPromotion(event.data.code, { type: 'ReleasePromotion', orderId: id, reason: 'order_ended' }),
            ),
          ]
        : onceClaimed(state, at, id)
    case 'OrderPointsRedeemed':
      return hasEnded(state)
        ? [send(toCustomer(state.customerId, { type: 'RestorePoints', orderId: id }))]
        : onceClaimed(state, at, id)
    case 'OrderRepriced':
      return onceClaimed(state, at, id)
    case 'OrderStockHeld':
      return hasEnded(state)
        ? [release(state, id, 'order_ended')]
        : [schedule(HOLD, event.data.holdUntil, { type: 'EndHold' })]
    case 'OrderPaymentStarted':
      return startPayment(event.data, state, id)
    case 'OrderPaymentReturned':
      return [refund(event.data.paymentId, id, 'order_ended')]
    case 'OrderConfirmed':
      return [
        unschedule(HOLD),
        sendEach(
          state.reservations.map(({ sku }) => toInventory(sku, { type: 'CommitReservation', orderId: id })),
          { type: 'RecordStockCommitted' },
        ),
      ]
    case 'OrderStockCommitted':
      return [
        ...confirmPromotions(state, id),
        notify(state, id, 'order_confirmed', { total: amountText(state, state.pricing.total) }),
      ]
    case 'OrderDeliveryRequested':
      return [
        send(
          toDelivery(event.data.deliveryId, {
            type: 'ScheduleDelivery',
            orderId: id,
            customerId: state.customerId,
            address: state.shippingAddress,
            weightGrams: state.pricing.lines.reduce(
              (total, line) => total + line.quantity * line.weightGrams,
              0,
            ),
            quote: event.data.quote ?? state.shippingQuote,
          }),
          { type: 'RecordDeliveryRequested', deliveryId: event.data.deliveryId },
        ),
      ]
    case 'OrderDeliveryScheduled':
      return state.cancelling ? [callOff(event.data.deliveryId)] : []
    case 'OrderCancellationRequested':
      // One that is only asked for yet is called off when it exists: until then there is nobody to ask.
      return currentDelivery(state)?.status === 'scheduled' ? [callOff(event.data.deliveryId)] : []
    case 'OrderShipped':
      return [notify(state, id, 'order_shipped', { trackingNumber: event.data.trackingNumber })]
    case 'OrderDelivered':
      return [notify(state, id, 'order_delivered', {})]
    case 'OrderCompleted':
      return reward(event.data.netPaid, state, id)
    case 'OrderCancelled':
      return [
        ...giveBack(state, id, event.data.reason),
        notify(state, id, 'order_cancelled', { reason: event.data.reason }),
      ]
    case 'OrderReturned':
      return giveBack(state, id, 'delivery_failed')
    case 'OrderRefunded':
      return [notify(state, id, 'order_refunded', { amount: amountText(state, event.data.amount.amount) })]
    case 'OrderPaymentFailed':
    case 'OrderPaid':
    case 'OrderDeliveryCancelled':
    case 'OrderCancellationDeclined':
      return []
  }
}

/** Each answered claim closes one; the last sets off the next step. */
function onceClaimed(state: Order, at: Instant, id: string): Effect[] {
  return state.openClaims.length > 0 ? [] : [reserve(state, at, id)]
}

/** Holds on the stock: summed per SKU, in sorted order, all or nothing. */
function reserve(state: Order, at: Instant, id: string): Effect {
  return sendInOrder(
    quantityBySku(state.pricing.lines).map(([sku, quantity]) =>
      toInventory(sku, {
        type: 'ReserveInventory',
        orderId: id,
        quantity,
        expiresAt: plus(at, orderRules.hold + orderRules.stockGrace),
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
      }),
    )
  }
  const reply = { type: 'RecordClaims' }
  return state.skipInvalidPromotions ? sendEach(steps, reply) : sendInOrder(steps, reply)
}

function startPayment(
  started: Extract<OrderEvent, { type: 'OrderPaymentStarted' }>['data'],
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
  })
  const extensions = holdExtended
    ? state.reservations.map(({ sku }) =>
        toInventory(sku, {
          type: 'ExtendReservation',
          orderId: id,
          expiresAt: plus(holdUntil, orderRules.stockGrace),
        }),
      )
    : []
  return [
    schedule(HOLD, holdUntil, { type: 'EndHold' }),
    sendInOrder(
      [...extensions, payment],
      extensions.length > 0 ? { type: 'RecordPaymentSubmitted', paymentId } : undefined,
    ),
  ]
}

/** All that an order that ends may hold: each is given back, and nothing to give back is no error. */
function giveBack(state: Order, id: string, reason: string): Effect[] {
  const effects: Effect[] = [unschedule(HOLD)]
  if (state.reservations.length > 0) effects.push(release(state, id, reason))
  for (const { code } of state.terms)
    effects.push(send(toPromotion(code, { type: 'ReleasePromotion', orderId: id, reason })))
  if (state.redeemPoints > 0)
    effects.push(send(toCustomer(state.customerId, { type: 'RestorePoints', orderId: id })))
  for (const payment of state.payments)
    if (payment.status === 'processed' && payment.refunded < payment.amount)
      effects.push(refund(payment.id, id, reason))
  return effects
}

function release(state: Order, id: string, reason: string): Effect {
  return sendEach(
    state.reservations.map(({ sku, allocations }) =>
      toInventory(sku, {
        type: 'ReleaseReservation',
        orderId: id,
        reason,
        ...(state.stockCommitted && { restock: allocations }),
      }),
    ),
  )
}

function refund(paymentId: string, id: string, reason: string): Effect {
  // All that is left: the payment knows what was refunded before.
  return send(toPayment(paymentId, { type: 'RefundPayment', refundId: `${id}/end`, reason }))
}

function callOff(deliveryId: string): Effect {
  return send(toDelivery(deliveryId, { type: 'CancelDelivery', reason: 'order_cancelled' }), {
    type: 'RecordCancellationAnswer',
    deliveryId,
  })
}

function closeCart(state: Order, id: string): Effect[] {
  const { cartId, customerId } = state
  return cartId === undefined
    ? []
    : [send(toCart(cartId, { type: 'CheckOut', orderId: id, customerId }), { type: 'RecordCartClosed' })]
}

function confirmPromotions(state: Order, id: string): Effect[] {
  const steps = state.terms.map(({ code }) => toPromotion(code, { type: 'ConfirmPromotionUse', orderId: id }))
  return steps.length === 0 ? [] : [sendEach(steps)]
}

function reward(netPaid: { amount: number; currency: string }, state: Order, id: string): Effect[] {
  return [
    sendInOrder([
      // Also of an order that cost nothing: it was the customer's first order all the same.
      toCustomer(state.customerId, { type: 'UpdateSpending', orderId: id, delta: netPaid.amount }),
      toCustomer(state.customerId, { type: 'EarnPoints', orderId: id, netPaid }),
    ]),
  ]
}

function notify(
  state: Order,
  id: string,
  template: Parameters<typeof mail>[0]['template'],
  variables: Record<string, string>,
): Effect {
  return mail({ customerId: state.customerId, template, variables: { orderId: id, ...variables } })
}

function destination({ shippingAddress: { country, region } }: Order) {
  return { country, ...(region !== undefined && { region }) }
}

function amountText(state: Order, amount: number): string {
  return `${(amount / 100).toFixed(2)} ${state.pricing.currency}`
}
