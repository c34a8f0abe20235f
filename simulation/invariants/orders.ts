import { HOUR, type Instant, instantOf, MINUTE, plus } from '../../shared/core/time.ts'
import { profileRules } from '../../shared/customer-profile/policies.ts'
import type { Delivery } from '../../shared/delivery/state.ts'
import type { OrderEvent } from '../../shared/order/events.ts'
import { isInvoice, isUnpaid, type Order, openPayment } from '../../shared/order/state.ts'
import { always, atRest, finding, grouped } from './invariant.ts'
import { type Stream, stateOf, streamsOf } from './streams.ts'

/** A delivery is confirmed by itself so long after it was completed (ms). */
const CONFIRMED_AFTER_MS = 24 * HOUR
/** How late a timer may be (ms). */
const SLACK_MS = 10 * MINUTE

/** How long it may take, with faults, to end the orders of a customer (ms); a hold on stock lasts a little longer. */
const ENDED_AFTER_MS = 25 * MINUTE

/** Events of which a log has one at most. */
const ONCE = new Set([
  ...['CartCreated', 'CartCheckedOut', 'ProductCreated', 'PromotionCreated', 'PromotionActivated'],
  ...['CustomerRegistrationStarted', 'CustomerRegistered', 'CustomerErased', 'WelcomeEmailSent'],
  ...['OrderCreated', 'OrderPlaceGranted', 'OrderConfirmed', 'OrderStockCommitted', 'OrderCompleted'],
  ...['OrderCancelled', 'OrderReturned', 'OrderReviewsRequested', 'OrderPersonalDataErased'],
  ...['PaymentRequested', 'PaymentProcessed', 'PaymentHeldForReview'],
  ...['DeliveryScheduled', 'DeliveryStarted', 'DeliveryCompleted', 'DeliveryConfirmed', 'DeliveryFailed'],
  ...['ReviewRequested', 'ReviewSubmitted'],
])

export const onceInALog = always(
  'what happens once happens once',
  'An order is created, confirmed, cancelled or completed once, a payment is charged once, a review is submitted once.',
  function* (inspection) {
    for (const streams of Object.values(streamsOf(inspection)))
      for (const { name, entries } of streams.values()) {
        const seen = new Map<string, number>()
        for (const { version, event } of entries) {
          const before = seen.get(event.type)
          if (before !== undefined && ONCE.has(event.type))
            yield finding(
              `${name} has ${event.type} as version ${before} and again as version ${version}.`,
              name,
            )
          seen.set(event.type, version)
        }
      }
  },
)

export const ordersEnd = atRest(
  'every order that is left alone ends',
  'No order waits for something that will not come: only for an operator, a parcel, or a timer that is set.',
  function* (inspection) {
    const now = instantOf(inspection.now - SLACK_MS)
    for (const stream of streamsOf(inspection).order.values()) {
      const state = stateOf(stream)
      const problem = state && waitsInVain(state, stream, now)
      if (state && problem)
        yield finding(`${stream.name} is ${state.status} ${problem}.`, ...concerned(stream, state))
    }
  },
)

export const ordersOfClosedProfiles = atRest(
  'orders of customers who may not order end',
  'When a customer is suspended or erased, the orders that wait for a payment end at once.',
  function* (inspection) {
    const { order, customer_profile: profiles } = streamsOf(inspection)
    for (const { name, entries } of profiles.values())
      for (const { event, time, state } of entries) {
        if (event.type !== 'CustomerProfileClosed') continue
        const end = plus(time, ENDED_AFTER_MS)
        for (const { orderId } of state.open) {
          const stream = order.get(orderId)
          const before = stream?.entries.findLast((entry) => entry.time <= end)
          if (stream && before && isUnpaid(before.state))
            yield finding(
              `${name} was closed at ${time}, and ${stream.name} still waited for a payment at ${end}.`,
              name,
              stream.name,
            )
        }
      }
  },
)

export const deliveriesOfOrders = atRest(
  'orders and deliveries agree',
  'An order knows how far its parcel is, and no parcel travels for an order that was cancelled.',
  function* (inspection) {
    const { order, delivery } = streamsOf(inspection)
    for (const stream of delivery.values()) {
      const state = stateOf(stream)
      if (!state) continue
      const owner = stateOf(order.get(state.orderId) ?? { entries: [] })
      const known = owner?.deliveries.find(({ id }) => id === stream.id)?.status
      const expected = ORDERS_VIEW[state.status]
      if (known === undefined || !expected.includes(known))
        yield finding(
          `${stream.name} is ${state.status}, but order ${state.orderId} (${owner?.status ?? 'unknown'}) has it as ${known ?? 'unknown'}.`,
          stream.name,
          `order/${state.orderId}`,
        )
    }
  },
)

export const holdsOfPayments = always(
  'the stock of a payment is held',
  "A payment that extended its order's hold is requested only once all stock is held as long.",
  function* (inspection) {
    const { order, payment, inventory } = streamsOf(inspection)
    for (const stream of order.values())
      for (const { event, state } of stream.entries) {
        if (event.type !== 'OrderPaymentStarted' || !event.data.holdExtended) continue
        const { paymentId, holdUntil } = event.data
        if (!payment.has(paymentId)) continue
        for (const { sku } of state.reservations) {
          const ends = (inventory.get(sku)?.entries ?? []).flatMap(({ event: { type, data } }) =>
            'orderId' in data && data.orderId === stream.id && type === 'ReservationCommitted'
              ? [LATER]
              : 'expiresAt' in data && data.orderId === stream.id
                ? [data.expiresAt]
                : [],
          )
          if (!ends.some((end) => end >= holdUntil))
            yield finding(
              `${stream.name} extended its hold to ${holdUntil} for the payment ${paymentId}, but ${sku} is held for it ` +
                `until ${ends.at(-1) ?? 'never'}.`,
              stream.name,
              `inventory/${sku}`,
              `payment/${paymentId}`,
            )
        }
      }
  },
)

export const waitingOrdersLimit = always(
  'few orders wait unpaid',
  `At most ${profileRules.maxWaitingOrders} orders of a customer wait for a payment at a time.`,
  function* (inspection) {
    const orders = [...streamsOf(inspection).order.values()]
    for (const [customerId, own] of grouped(orders, (stream) => stateOf(stream)?.customerId ?? '')) {
      const changes = own.flatMap(waits).sort((a, b) => (a.at === b.at ? a.by - b.by : a.at < b.at ? -1 : 1))
      let waiting = 0
      for (const { at, by } of changes) {
        waiting += by
        if (waiting <= profileRules.maxWaitingOrders) continue
        yield finding(
          `${waiting} orders of the customer ${customerId} waited unpaid at ${at}.`,
          `customer_profile/${customerId}`,
          ...own.map(({ name }) => name),
        )
        break
      }
    }
  },
)

export const oneOrderOfACart = always(
  'a cart becomes one order',
  'However often a cart is checked out, it is ordered once, and knows its order.',
  function* (inspection) {
    const { order, cart } = streamsOf(inspection)
    const ofCarts = [...order.values()].filter((stream) => stateOf(stream)?.cartId !== undefined)
    for (const [cartId, orders] of grouped(ofCarts, (stream) => stateOf(stream)?.cartId ?? ''))
      if (orders.length > 1)
        yield finding(
          `The cart ${cartId} has become ${orders.length} orders: ${orders.map(({ id }) => id).join(', ')}.`,
          `cart/${cartId}`,
          ...orders.map(({ name }) => name),
        )
    for (const stream of cart.values()) {
      const { orderId } = stateOf(stream) ?? {}
      if (orderId !== undefined && stateOf(order.get(orderId) ?? { entries: [] })?.cartId !== stream.id)
        yield finding(
          `${stream.name} has the order ${orderId}, which is not an order of this cart.`,
          stream.name,
        )
    }
  },
)

const LATER: Instant = '9999-12-31T00:00:00.000Z'

type Status = Order['deliveries'][number]['status']
/** How an order may have a delivery of each status; it ignores what is reported after its end. */
const ORDERS_VIEW: Readonly<Record<Delivery['status'], readonly Status[]>> = {
  scheduled: ['scheduled'],
  started: ['started'],
  completed: ['completed'],
  confirmed: ['completed'],
  failed: ['failed'],
  returning: ['failed'],
  cancelled: ['cancelled'],
}

function concerned({ name }: Stream, state: Order): string[] {
  return [
    name,
    ...state.payments.map(({ id }) => `payment/${id}`),
    ...state.deliveries.map(({ id }) => `delivery/${id}`),
  ]
}

/** What an order waits for although it will not come; `null` for one that may wait, or has ended. */
function waitsInVain(state: Order, stream: Stream<Order, OrderEvent>, now: Instant): string | null {
  const { status, holdUntil, deliveries, cancelling } = state
  if (cancelling) return 'and still asks its delivery for consent to a cancellation'
  if (isUnpaid(state) && (holdUntil === undefined || holdUntil < now)) {
    const open = openPayment(state)
    if (open?.status === 'pending') return `and waits for the payment ${open.id} since ${open.startedAt}`
    return holdUntil === undefined ? 'and holds nothing' : `although its hold ended at ${holdUntil}`
  }
  const requested = deliveries.find((delivery) => delivery.status === 'requested')
  if (requested) return `and waits for its delivery ${requested.id} to be scheduled`
  if (status === 'confirmed' && deliveries.length === 0) return 'and has no delivery'
  const delivered = stream.entries.findLast(({ event }) => event.type === 'OrderDelivered')
  if (status === 'delivered' && delivered && plus(delivered.time, CONFIRMED_AFTER_MS) < now)
    return `since ${delivered.time}, and was not completed`
  return null
}

/** When an order without a payment method began and ended to wait: its place was granted before. */
function waits({ entries }: Stream<Order, OrderEvent>): { at: Instant; by: 1 | -1 }[] {
  const changes: { at: Instant; by: 1 | -1 }[] = []
  let isWaiting = false
  for (const { time, state } of entries) {
    const waitsNow = state.status === 'awaiting_payment' && isInvoice(state) && !state.awaitsPlace
    if (waitsNow !== isWaiting) changes.push({ at: time, by: waitsNow ? 1 : -1 })
    isWaiting = waitsNow
  }
  return changes
}
