import { type Effect, send, sendEach, unschedule } from '../core/effect.ts'
import { moneyText } from '../core/money/money.ts'
import type { Instant } from '../core/time.ts'
import { toDelivery } from '../delivery/commands.ts'
import { toInventory } from '../inventory/commands.ts'
import { toPromotion } from '../promotion/commands.ts'
import {
  claimOrReserve,
  closeCart,
  endHoldAt,
  HOLD,
  holdPayment,
  onceClaimed,
  startPayment,
} from './claims.ts'
import type { OrderEvent, OrderEventOf } from './events.ts'
import {
  callOff,
  giveBack,
  refundOnceDecided,
  refundRemainder,
  release,
  restorePoints,
  retryRefundAt,
} from './process-end.ts'
import { askToWait, closePlace, openPlace } from './process-place.ts'
import { ownRefundId } from './refund-id.ts'
import { accruePoints, countRefund, notify, requestReviews, reward, undoReward } from './reward.ts'
import { currentDelivery, hasEnded, type Order } from './state.ts'

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
        ...(state.awaitsPlace ? [] : [claimOrReserve(state, at, id)]),
        openPlace(state, id),
      ]
    case 'OrderPlaceGranted':
      return [claimOrReserve(state, at, id)]
    case 'PromotionApplied':
      return hasEnded(state)
        ? [
            send(
              toPromotion(event.data.code, { type: 'ReleasePromotion', orderId: id, reason: 'order_ended' }),
            ),
          ]
        : onceClaimed(state, at, id)
    case 'OrderPointsRedeemed':
      return hasEnded(state) ? [restorePoints(state, id)] : onceClaimed(state, at, id)
    case 'OrderRepriced':
      return onceClaimed(state, at, id)
    case 'OrderStockHeld':
      return hasEnded(state) ? [release(state, id, 'order_ended')] : [endHoldAt(event.data.holdUntil)]
    case 'OrderPaymentStarted':
      return startPayment(event.data, state, id)
    case 'OrderPaymentHeld':
      return [...holdPayment(event.data, state, id), ...askToWait(state, id)]
    case 'OrderPaymentFailed':
      return [
        ...(event.data.holdUntil === undefined ? [] : [endHoldAt(event.data.holdUntil)]),
        ...askToWait(state, id),
      ]
    case 'OrderPaymentReturned':
      return [refundRemainder(event.data.paymentId, ownRefundId(id), 'order_ended')]
    case 'OrderConfirmed':
      return [unschedule(HOLD), commitStock(state, id), closePlace(state, id, 'confirmed')]
    case 'OrderStockCommitted':
      return [
        ...confirmPromotions(state, id),
        notify(state, id, 'order_confirmed', { total: amountText(state, state.pricing.total) }),
      ]
    case 'OrderDeliveryRequested':
      return [bookDelivery(event.data, state, id)]
    case 'OrderDeliveryScheduled':
      return state.cancelling ? [callOff(event.data.deliveryId)] : []
    case 'OrderCancellationRequested':
      // One that is only asked for yet is called off when it exists: until then there is nobody to ask.
      return currentDelivery(state)?.status === 'scheduled' ? [callOff(event.data.deliveryId)] : []
    case 'OrderShipped':
      return [notify(state, id, 'order_shipped', { trackingNumber: event.data.trackingNumber })]
    case 'OrderDelivered':
      return [notify(state, id, 'order_delivered'), accruePoints(state, id)]
    case 'OrderCompleted':
      return reward(event.data.netPaid, state, at, id)
    case 'OrderReviewsRequested':
      return [requestReviews(event.data, state, id)]
    case 'OrderCancelled':
      return [
        ...giveBack(state, id, event.data.reason),
        notify(state, id, 'order_cancelled', { reason: event.data.reason }),
        closePlace(state, id, 'cancelled'),
      ]
    case 'OrderReturned':
      return wasDelivered(state, event.data.deliveryId)
        ? undoReward(state, id)
        : giveBack(state, id, 'delivery_failed')
    case 'OrderRefunded':
      return refunded(event.data, state, id)
    case 'OrderRefundFailed':
      return refundFailed(event.data, state, id)
    case 'OrderRefundRetried':
      return [refundRemainder(event.data.paymentId, event.data.refundId, 'refund_failed')]
    case 'OrderDisputeClosed':
      return refundOnceDecided(event.data, state, id)
    case 'OrderPaid':
    case 'OrderPaymentDisputed':
    case 'OrderAddressChanged':
    case 'OrderStockReleased':
    case 'OrderDeliveryCancelled':
    case 'OrderCancellationDeclined':
    case 'OrderRefundAbandoned':
    case 'OrderPersonalDataErased':
      return []
  }
}

/** The goods are sold: they leave the shelf of each location. */
function commitStock(state: Order, id: string): Effect {
  return sendEach(
    state.reservations.map(({ sku }) => toInventory(sku, { type: 'CommitReservation', orderId: id })),
    { type: 'RecordStockCommitted' },
  )
}

function confirmPromotions(state: Order, id: string): Effect[] {
  const steps = state.terms.map(({ code }) => toPromotion(code, { type: 'ConfirmPromotionUse', orderId: id }))
  return steps.length === 0 ? [] : [sendEach(steps)]
}

function bookDelivery(
  { deliveryId, quote }: OrderEventOf<'OrderDeliveryRequested'>['data'],
  state: Order,
  id: string,
): Effect {
  const { lines } = state.pricing
  return send(
    toDelivery(deliveryId, {
      type: 'ScheduleDelivery',
      orderId: id,
      customerId: state.customerId,
      address: state.shippingAddress,
      weightGrams: lines.reduce((total, line) => total + line.quantity * line.weightGrams, 0),
      quote: quote ?? state.shippingQuote,
    }),
    { type: 'RecordDeliveryRequested', deliveryId },
  )
}

function refunded(data: OrderEventOf<'OrderRefunded'>['data'], state: Order, id: string): Effect[] {
  const { paymentId, amount, source } = data
  const payment = state.payments.find((known) => known.id === paymentId)
  return [
    // Of what the bank gave back, the bank tells.
    ...(source === 'dispute'
      ? []
      : [notify(state, id, 'order_refunded', { amount: amountText(state, amount.amount) })]),
    ...(payment ? countRefund(payment, -amount.amount, state, id) : []),
  ]
}

function refundFailed(data: OrderEventOf<'OrderRefundFailed'>['data'], state: Order, id: string): Effect[] {
  const { paymentId, amount, bounced, retryAt } = data
  const payment = state.payments.find((known) => known.id === paymentId)
  return [
    ...(retryAt === undefined ? [] : [retryRefundAt(paymentId, retryAt)]),
    ...(payment && bounced ? countRefund(payment, amount.amount, state, id) : []),
  ]
}

/** Whether the goods of a returned order had reached the customer. */
function wasDelivered(state: Order, deliveryId: string): boolean {
  return state.deliveries.some(({ id, status }) => id === deliveryId && status === 'completed')
}

function amountText(state: Order, amount: number): string {
  return moneyText({ amount, currency: state.pricing.currency })
}
