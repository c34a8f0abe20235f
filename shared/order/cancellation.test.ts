import { describe, expect, it } from 'vitest'
import type { CommandsOutcome } from '../core/effect.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import {
  arrived,
  cancellationDeclined,
  cancellationRequested,
  cancelled,
  charging,
  claiming,
  created,
  DELIVERY_ID,
  declined,
  deliveryCancelled,
  done,
  ended,
  over,
  refunded,
  refusedBy,
  requested,
  returnedByRefund,
  scheduled,
  sentBack,
  sold,
  spec,
  underReview,
  underWay,
  unpaid,
  usd,
} from './order.fixture.ts'

const cancel: OrderCommand = { type: 'CancelOrder', reason: 'customer_request', detail: 'changed my mind' }

describe('cancelling', () => {
  it('before the charge ends the order at once', () => {
    const histories: (readonly OrderEvent[])[] = [
      [created()],
      [created(claiming)],
      charging,
      declined,
      unpaid,
    ]
    for (const given of histories) {
      const { state } = spec
        .given(...given)
        .when(cancel)
        .then(cancelled())
      expect(state).toMatchObject({
        status: 'cancelled',
        fulfilmentStatus: 'cancelled',
        cancellation: { reason: 'customer_request', detail: 'changed my mind' },
      })
    }
  })
  it('while the payment is under review ends the order at once', () => {
    const { state } = spec
      .given(...underReview)
      .when(cancel)
      .then(cancelled())
    expect(state).toMatchObject({ status: 'cancelled', payments: [{ status: 'review' }] })
  })
  it('after the charge, before a delivery was requested, ends it at once and refunds in full', () => {
    spec
      .given(...sold)
      .when(cancel)
      .then(cancelled({ refund: usd(2_250) }))
  })
  it('refunds what a partial refund has left', () => {
    spec
      .given(...sold, refunded(250))
      .when(cancel)
      .then(cancelled({ refund: usd(2_000) }))
  })
  it('waits for the consent of a delivery that is scheduled or requested', () => {
    for (const given of [requested, scheduled]) {
      const { state } = spec
        .given(...given)
        .when(cancel)
        .then(cancellationRequested)
      expect(state).toMatchObject({
        status: 'confirmed',
        cancelling: { reason: 'customer_request', detail: 'changed my mind' },
      })
    }
  })
  it('ends the order at once when its delivery was cancelled before', () => {
    spec
      .given(...scheduled, deliveryCancelled)
      .when(cancel)
      .then(cancelled({ refund: usd(2_250) }))
  })
  it('changes nothing while it waits, or once it is done', () => {
    for (const given of [[...scheduled, cancellationRequested], ended])
      spec
        .given(...given)
        .when(cancel)
        .then()
  })
  it('may be tried again when it was declined', () => {
    spec
      .given(...scheduled, cancellationRequested, cancellationDeclined)
      .when(cancel)
      .then(cancellationRequested)
  })
  it('after shipping is refused: that is a return', () => {
    for (const given of [underWay, arrived, over])
      spec
        .given(...given)
        .when(cancel)
        .thenRefused('order_shipped')
  })
  it('what was returned is refused', () => {
    for (const given of [sentBack, [...over, refunded(2_250), returnedByRefund]])
      spec
        .given(...given)
        .when(cancel)
        .thenRefused('order_ended')
  })
})

describe('the delivery’s answer', () => {
  const answer = (...outcome: CommandsOutcome): OrderCommand => ({
    type: 'RecordCancellationAnswer',
    deliveryId: DELIVERY_ID,
    outcome,
  })
  const yes = answer(done('delivery', DELIVERY_ID))
  const no = answer(refusedBy('delivery', DELIVERY_ID, 'delivery_started'))
  const waiting = [...scheduled, cancellationRequested]

  it('ends the order with consent', () => {
    const { state } = spec
      .given(...waiting)
      .when(yes)
      .then(cancelled({ refund: usd(2_250) }))
    expect(state).toMatchObject({ status: 'cancelled', deliveries: [{ status: 'cancelled' }] })
    expect(state).not.toHaveProperty('cancelling')
  })
  it('lets it continue otherwise', () => {
    const { state } = spec
      .given(...waiting)
      .when(no)
      .then(cancellationDeclined)
    expect(state).toMatchObject({ status: 'confirmed', deliveries: [{ status: 'scheduled' }] })
    expect(state).not.toHaveProperty('cancelling')
  })
  it('changes nothing when the delivery reported it before', () => {
    for (const command of [yes, no])
      for (const given of [
        [...waiting, cancelled({ refund: usd(2_250) })],
        [...waiting, cancellationDeclined],
      ])
        spec
          .given(...given)
          .when(command)
          .then()
  })
})
