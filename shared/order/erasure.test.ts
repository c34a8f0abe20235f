import { describe, expect, it } from 'vitest'
import type { OrderCommand } from './commands.ts'
import { withoutPersonalData } from './erasure.ts'
import { orderEvent } from './events.ts'
import {
  addressChanged,
  arrived,
  cancelled,
  charging,
  created,
  ended,
  erased,
  everyEvent,
  over,
  refunded,
  returnedByRefund,
  scheduled,
  sentBack,
  spec,
  underReview,
  underWay,
  unpaid,
} from './order.fixture.ts'

/** What of the fixture's customer may stand nowhere. */
const personal = ['Ada', 'Main St', 'Elm St', 'Flat 3', 'Springfield', 'Shelbyville', '62701', 'my mind']

describe('events without personal data', () => {
  const events = everyEvent()

  it('exist for every type of event', () => {
    const types = orderEvent.options.map(({ shape }) => shape.type.value)
    expect(events.map(({ type }) => type).sort()).toEqual(types.sort())
  })
  it.each(events)('$type tells of no person, and is an event all the same', (event) => {
    const redacted = withoutPersonalData(event)
    expect(orderEvent.parse(redacted)).toEqual(redacted)
    const text = JSON.stringify(redacted)
    expect(personal.filter((word) => text.includes(word))).toEqual([])
  })
  it('keep country and region of an address, for tax and statistics', () => {
    const [first] = events
    if (first?.type !== 'OrderCreated') throw new Error('the first is the creation')
    expect(withoutPersonalData(first)).toEqual({
      ...first,
      data: {
        ...first.data,
        shippingAddress: {
          name: 'erased',
          line1: 'erased',
          city: 'erased',
          postalCode: 'erased',
          region: 'IL',
          country: 'US',
        },
      },
    })
  })
  it('stay what they are where there is nothing personal', () => {
    const touched = events.filter((event) => withoutPersonalData(event) !== event).map(({ type }) => type)
    expect(touched).toEqual([
      'OrderCreated',
      'OrderAddressChanged',
      'OrderCancelled',
      'OrderReturned',
      'OrderCancellationRequested',
      'OrderDeliveryCancelled',
    ])
  })
})

describe('erasing', () => {
  const erase: OrderCommand = { type: 'ErasePersonalData' }
  const moved = [...scheduled, addressChanged, ...over.slice(scheduled.length)]

  it.each([
    ['completed', moved],
    ['cancelled', ended],
    ['returned', sentBack],
    ['refunded', [...over, refunded(2_250), returnedByRefund]],
  ])('takes the personal data out of an order that is %s', (_, given) => {
    const { state } = spec
      .given(...given)
      .when(erase)
      .then(erased)
    const text = JSON.stringify(state)
    expect(personal.filter((word) => text.includes(word))).toEqual([])
    expect(state?.shippingAddress.country).toBe('US')
    // The log is rewritten then: an order that is read from it anew is the same.
    expect(spec.fold([...given, erased].map(withoutPersonalData))).toEqual(state)
  })
  it('is refused while anything of the order is open', () => {
    for (const given of [[created()], charging, unpaid, underReview, scheduled, underWay, arrived])
      spec
        .given(...given)
        .when(erase)
        .thenRefused('order_open')
  })
  it('changes nothing the second time', () => {
    spec
      .given(...ended, erased)
      .when(erase)
      .then()
  })
  it('leaves an order that still works', () => {
    const { state } = spec
      .given(...over, erased)
      .when({
        type: 'RecordRefund',
        paymentId: 'pay_00000000-0000-7000-8000-000000000001',
        refundId: 'goodwill',
        amount: { amount: 2_250, currency: 'USD' },
        refundedTotal: { amount: 2_250, currency: 'USD' },
      })
      .thenTypes('OrderRefunded', 'OrderReturned')
    expect(state?.status).toBe('returned')
  })
  it('leaves no text of a cancellation', () => {
    expect(spec.fold([...charging, cancelled(), erased])?.cancellation).toEqual({
      reason: 'customer_request',
      detail: '',
    })
  })
})
