import { describe, expect, it } from 'vitest'
import type { CommandsOutcome } from '../core/effect.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import {
  addressChanged,
  CUSTOMER_ID,
  cancellationDeclined,
  cancellationRequested,
  cancelled,
  charging,
  completed,
  confirmed,
  created,
  DELIVERY_ID,
  declined,
  delivered,
  deliveryCancelled,
  deliveryRequested,
  deliveryScheduled,
  done,
  ended,
  erased,
  otherAddress,
  quote,
  refunded,
  refusedBy,
  requested,
  returned,
  returnedByRefund,
  scheduled,
  sentBack,
  shipped,
  sold,
  spec,
  stockCommitted,
  underWay,
  unpaid,
  usd,
} from './order.fixture.ts'

type Progress = Extract<OrderCommand, { type: 'RecordDelivery' }>['progress']
const tells = (progress: Progress, deliveryId = DELIVERY_ID): OrderCommand => ({
  type: 'RecordDelivery',
  deliveryId,
  progress,
})
const started = tells({ status: 'started', trackingNumber: 'TRACK-1' })
const arrived = tells({ status: 'completed' })
const received = tells({ status: 'confirmed' })
const failed = tells({ status: 'failed', reason: 'nobody home' })
const calledOff = tells({ status: 'cancelled', reason: 'carrier strike' })

const arrivedBefore = [...underWay, delivered]
const over = [...arrivedBefore, completed]

describe('another delivery', () => {
  const ask: OrderCommand = { type: 'RequestDelivery', quote: { ...quote, service: 'express' } }

  it('may be requested when the last was cancelled', () => {
    const { state } = spec
      .given(...scheduled, deliveryCancelled)
      .when(ask)
      .then({
        type: 'OrderDeliveryRequested',
        data: { deliveryId: DELIVERY_ID, service: 'express', quote: { ...quote, service: 'express' } },
      })
    expect(state?.deliveries).toHaveLength(2)
  })
  it('is refused while there is one', () => {
    for (const given of [requested, scheduled, [...scheduled, cancellationRequested], underWay, over])
      spec
        .given(...given)
        .when(ask)
        .thenRefused('delivery_under_way')
  })
  it('is refused before the order is confirmed and its stock committed', () => {
    for (const given of [[created()], charging, declined, unpaid, sold])
      spec
        .given(...given)
        .when(ask)
        .thenRefused('order_not_confirmed')
  })
  it('is refused when the order has ended', () => {
    for (const given of [ended, sentBack])
      spec
        .given(...given)
        .when(ask)
        .thenRefused('order_ended')
  })
  it('is refused when no carrier serves the address', () => {
    spec
      .given(...scheduled, deliveryCancelled)
      .when({ type: 'RequestDelivery', quote: null })
      .thenRefused('no_carrier')
  })
})

describe('the answer to the booking', () => {
  const booked = (...outcome: CommandsOutcome): OrderCommand => ({
    type: 'RecordDeliveryRequested',
    deliveryId: DELIVERY_ID,
    outcome,
  })
  const yes = booked(done('delivery', DELIVERY_ID))
  const no = booked(refusedBy('delivery', DELIVERY_ID, 'delivery_exists'))

  it('records the delivery', () => {
    const { state } = spec
      .given(...requested)
      .when(yes)
      .then(deliveryScheduled)
    expect(state).toMatchObject({ fulfilmentStatus: 'scheduled', deliveries: [{ status: 'scheduled' }] })
  })
  it('leaves the order without one when it was refused', () => {
    const { state } = spec
      .given(...requested)
      .when(no)
      .then({
        type: 'OrderDeliveryCancelled',
        data: { deliveryId: DELIVERY_ID, reason: 'delivery_exists' },
      })
    expect(state).toMatchObject({
      status: 'confirmed',
      fulfilmentStatus: 'unfulfilled',
      deliveries: [{ status: 'cancelled' }],
    })
  })
  it('records a delivery that a cancellation waits for, and requests its consent', () => {
    const { state } = spec
      .given(...requested, cancellationRequested)
      .when(yes)
      .then(deliveryScheduled)
    expect(state).toHaveProperty('cancelling')
  })
  it('ends the order that waits to be cancelled when there is no delivery', () => {
    spec
      .given(...requested, cancellationRequested)
      .when(no)
      .then(cancelled({ refund: usd(2_250) }))
  })
  it('changes nothing when the delivery has reported more already, or the second time', () => {
    const histories = [scheduled, [...requested, shipped], [...requested, deliveryCancelled], ended]
    for (const given of histories)
      for (const command of [yes, no])
        spec
          .given(...given)
          .when(command)
          .then()
  })
})

describe('the reports of a delivery', () => {
  it('started: the order is shipped', () => {
    const { state } = spec
      .given(...scheduled)
      .when(started)
      .then(shipped)
    expect(state).toMatchObject({ status: 'shipped', fulfilmentStatus: 'shipped' })
  })
  it('completed: it is delivered', () => {
    const { state } = spec
      .given(...underWay)
      .when(arrived)
      .then(delivered)
    expect(state).toMatchObject({ status: 'delivered', fulfilmentStatus: 'delivered' })
  })
  it('confirmed: it is completed, with what the customer paid in the end', () => {
    const { state } = spec
      .given(...arrivedBefore)
      .when(received)
      .then(completed)
    expect(state?.status).toBe('completed')
    spec
      .given(...underWay, refunded(250), delivered)
      .when(received)
      .then({
        type: 'OrderCompleted',
        data: { deliveryId: DELIVERY_ID, customerId: CUSTOMER_ID, netPaid: usd(2_000) },
      })
  })
  it('failed permanently: it is returned and refunded', () => {
    const { state } = spec
      .given(...underWay)
      .when(failed)
      .then(returned)
    expect(state).toMatchObject({
      status: 'returned',
      fulfilmentStatus: 'returned',
      deliveries: [{ status: 'failed' }],
    })
  })
  it('failed: an invoice order has nothing to refund', () => {
    spec
      .given(...unpaid, confirmed('operator'), stockCommitted, deliveryRequested, deliveryScheduled, shipped)
      .when(failed)
      .then({
        type: 'OrderReturned',
        data: { deliveryId: DELIVERY_ID, reason: 'nobody home', refund: usd(0) },
      })
  })
  it('cancelled: the order may get another', () => {
    const { state } = spec
      .given(...scheduled)
      .when(calledOff)
      .then(deliveryCancelled)
    expect(state).toMatchObject({ status: 'confirmed', fulfilmentStatus: 'unfulfilled' })
  })
})

describe('reports that arrive out of order', () => {
  it('may come before the booking is answered', () => {
    spec
      .given(...requested)
      .when(started)
      .then(shipped)
    spec
      .given(...requested)
      .when(calledOff)
      .then(deliveryCancelled)
  })
  it('completed before started: delivered, and the older report changes nothing', () => {
    spec
      .given(...scheduled)
      .when(arrived)
      .then(delivered)
    spec
      .given(...scheduled, delivered)
      .when(started)
      .then()
  })
  it('confirmed before completed: delivered and completed', () => {
    for (const given of [scheduled, underWay])
      spec
        .given(...given)
        .when(received)
        .then(delivered, completed)
    spec
      .given(...over)
      .when(arrived)
      .then()
  })
  it('failed before started: returned', () => {
    spec
      .given(...scheduled)
      .when(failed)
      .then(returned)
  })
  it('failed after it had arrived: ignored', () => {
    for (const given of [arrivedBefore, over])
      spec
        .given(...given)
        .when(failed)
        .then()
  })
  it('confirmed after all its money went back: it stays returned', () => {
    spec
      .given(...arrivedBefore, refunded(2_250), returnedByRefund)
      .when(received)
      .then()
  })
  it('changes nothing the second time', () => {
    const told: [readonly OrderEvent[], OrderCommand][] = [
      [underWay, started],
      [arrivedBefore, arrived],
      [over, received],
      [sentBack, failed],
      [[...scheduled, deliveryCancelled], calledOff],
    ]
    for (const [given, command] of told)
      spec
        .given(...given)
        .when(command)
        .then()
  })
  it('changes nothing for an order that has ended, or of a delivery that is not its own', () => {
    const stranger = 'dlv_00000000-0000-7000-8000-00000000000f'
    for (const { status } of [{ status: 'completed' as const }, { status: 'confirmed' as const }]) {
      spec
        .given(...scheduled, cancelled())
        .when(tells({ status }))
        .then()
      spec
        .given(...scheduled)
        .when(tells({ status }, stranger))
        .then()
    }
    spec
      .given(...scheduled, cancelled())
      .when(started)
      .then()
    spec
      .given(...scheduled, cancelled())
      .when(calledOff)
      .then()
  })
})

describe('reports that answer a pending cancellation', () => {
  const waiting = [...scheduled, cancellationRequested]

  it('a cancelled delivery is its consent, whoever cancelled it', () => {
    for (const given of [waiting, [...requested, cancellationRequested]])
      spec
        .given(...given)
        .when(calledOff)
        .then(cancelled({ refund: usd(2_250) }))
  })
  it.each([
    ['left', started, [shipped]],
    ['arrived', arrived, [delivered]],
    ['was received', received, [delivered, completed]],
    ['could not be delivered', failed, [returned]],
  ])('that the parcel %s declines it', (_, news, events) => {
    for (const given of [waiting, [...requested, cancellationRequested]]) {
      const { state } = spec
        .given(...given)
        .when(news)
        .then(cancellationDeclined, ...events)
      expect(state).not.toHaveProperty('cancelling')
    }
  })
})

describe('another address', () => {
  const moved = (to = otherAddress, deliveryId = DELIVERY_ID): OrderCommand => ({
    type: 'RecordAddressChanged',
    deliveryId,
    address: to,
  })

  it('that the delivery accepted is the order’s as well', () => {
    for (const given of [requested, scheduled]) {
      const { state } = spec
        .given(...given)
        .when(moved())
        .then(addressChanged)
      expect(state?.shippingAddress).toEqual(otherAddress)
    }
  })
  it('may be known in more detail', () => {
    const shippingAddress = { ...otherAddress, line2: 'Flat 3' }
    const { state } = spec.given(...scheduled, addressChanged).when(moved(shippingAddress))
    expect(state?.shippingAddress).toEqual(shippingAddress)
  })
  it('changes nothing when it is the same, or the order is on its way or over', () => {
    spec
      .given(...scheduled, addressChanged)
      .when(moved())
      .then()
    for (const given of [underWay, over, ended])
      spec
        .given(...given)
        .when(moved())
        .then()
  })
  it('of a delivery that is not the present one changes nothing', () => {
    spec
      .given(...scheduled)
      .when(moved(otherAddress, 'dlv_00000000-0000-7000-8000-00000000000f'))
      .then()
    spec
      .given(...scheduled, deliveryCancelled)
      .when(moved())
      .then()
  })
})

describe('the request for reviews', () => {
  const due: OrderCommand = { type: 'RequestReviews' }
  const asked: OrderEvent = { type: 'OrderReviewsRequested', data: { skus: ['MUG', 'PEN'] } }

  it('asks about each product of a completed order, once', () => {
    spec
      .given(...over)
      .when(due)
      .then(asked)
    spec
      .given(...over, asked)
      .when(due)
      .then()
  })
  it('asks nothing about returned goods, or of an erased customer', () => {
    for (const given of [
      [...over, refunded(2_250), returnedByRefund],
      [...over, erased],
    ])
      spec
        .given(...given)
        .when(due)
        .then()
  })
})
