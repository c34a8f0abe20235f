import { describe, expect, it } from 'vitest'
import type { Message } from '../../core/effect.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent } from '../events.ts'
import {
  ada,
  CUSTOMER_ID,
  cancelled,
  charging,
  claiming,
  confirmed,
  created,
  createOrder,
  declined,
  done,
  ended,
  ORDER_ID,
  paymentFailed,
  paymentStarted,
  refusedBy,
  requestedLine,
  sold,
  spec,
  stockHeld,
  underReview,
  unpaid,
} from '../order.fixture.ts'
import { effectsOf, inOrder, placeEffectsOf, reserve, to } from '../process.fixture.ts'

const invoice = created({ paymentMethod: undefined })
const first = created({ ...claiming, customer: ada })
const granted = (firstOrder = true): OrderEvent => ({ type: 'OrderPlaceGranted', data: { firstOrder } })
const units = [
  { sku: 'MUG', quantity: 2 },
  { sku: 'PEN', quantity: 1 },
]
const buyer = { tier: 'bronze', segment: 'new', firstOrder: true }
const order = { orderId: ORDER_ID, units, placedBy: 'customer', buyer }
const tell = (command: Message, reply?: Message) =>
  inOrder([to('customer_profile', CUSTOMER_ID, command)], reply)
const reply = { type: 'RecordPlace' }
function answered(...events: { type: string; data: unknown }[]): OrderCommand {
  return { type: 'RecordPlace', outcome: [done('customer_profile', CUSTOMER_ID, ...events)] }
}
function refused(code: string, facts?: Record<string, unknown>): OrderCommand {
  return { type: 'RecordPlace', outcome: [refusedBy('customer_profile', CUSTOMER_ID, code, facts)] }
}
const opened = (firstOrder: boolean) => ({
  type: 'CustomerOrderOpened',
  data: { orderId: ORDER_ID, units, waits: true, firstOrder },
})

describe('a new order beside others that wait', () => {
  const waiting = (count: number, quantity = 1) =>
    Array.from({ length: count }, (_, n) => ({ orderId: `o${n}`, units: [{ sku: 'MUG', quantity }] }))

  it('is refused with three that wait, whether it would be paid at once or not', () => {
    for (const paymentMethod of ['pm_card_visa', undefined]) {
      const { decision } = spec
        .given()
        .when(createOrder({ paymentMethod, waiting: waiting(3) }))
        .thenRefused('too_many_open_orders')
      expect(decision.refusal?.facts).toEqual({ open: 3, limit: 3 })
      spec
        .given()
        .when(createOrder({ paymentMethod, waiting: waiting(2) }))
        .thenTypes('OrderCreated')
    }
  })
  it('is refused where it would hold more than 50 units of a SKU unpaid, over all its lines', () => {
    const lines = [requestedLine('MUG', 26), requestedLine('MUG', 25)]
    spec
      .given()
      .when(createOrder({ paymentMethod: undefined, lines }))
      .thenRefused('too_many_units_held')
    const { decision } = spec
      .given()
      .when(createOrder({ paymentMethod: undefined, waiting: waiting(2, 25) }))
      .thenRefused('too_many_units_held')
    expect(decision.refusal?.facts).toEqual({ sku: 'MUG', held: 50, requested: 2, limit: 50 })
    spec
      .given()
      .when(createOrder({ paymentMethod: undefined, waiting: waiting(2, 24) }))
      .thenTypes('OrderCreated')
  })
  it('may be of more where it is paid at once, costs nothing, or an operator places it', () => {
    spec
      .given()
      .when(createOrder({ lines: [requestedLine('MUG', 999)] }))
      .thenTypes('OrderCreated')
    const free = { paymentMethod: undefined, lines: [requestedLine('FLYER', 60, 0)], waiting: waiting(3) }
    spec.given().when(createOrder(free)).thenTypes('OrderCreated')
    const lines = [requestedLine('MUG', 500)]
    spec
      .given()
      .when(createOrder({ paymentMethod: undefined, lines, waiting: waiting(3), placedBy: 'operator' }))
      .thenTypes('OrderCreated')
  })
})

describe('the place of an order', () => {
  it('is recorded beside its other steps where nothing depends on it', () => {
    expect(placeEffectsOf(created())).toEqual([tell({ type: 'OpenOrder', ...order, waits: false }, reply)])
    expect(effectsOf(created())).toEqual([reserve])
    const byOperator = created({ paymentMethod: undefined, placedBy: 'operator' })
    expect(placeEffectsOf(byOperator)).toEqual([
      tell({ type: 'OpenOrder', ...order, placedBy: 'operator', waits: true }, reply),
    ])
    expect(effectsOf(byOperator)).toEqual([reserve])
  })
  it('is requested before anything else where the order would wait', () => {
    expect(placeEffectsOf(invoice)).toEqual([tell({ type: 'OpenOrder', ...order, waits: true }, reply)])
    expect(effectsOf(invoice)).toEqual([])
    expect(effectsOf(invoice, granted())).toEqual([reserve])
  })
  it('is requested before a promotion that may be for a first order only: OrderPlaceGranted', () => {
    expect(effectsOf(first)).toEqual([])
    spec
      .given(first)
      .when(answered(opened(true)))
      .then(granted(true))
    const { state } = spec
      .given(first)
      .when(answered(opened(false)))
      .then(granted(false))
    expect(state?.firstOrder).toBe(false)
    expect(JSON.stringify(effectsOf(first, granted(false)))).toContain('"firstOrder":false')
  })
  it('is granted once, with the same result when it is requested again', () => {
    spec.given(first).when(answered()).then(granted(true))
    spec
      .given(first, granted())
      .when(answered(opened(true)))
      .then()
    spec
      .given(created())
      .when(answered(opened(true)))
      .then()
  })
  it('is requested when the first payment fails or is held, and not after that', () => {
    const wait = tell({ type: 'AwaitPayment', ...order }, reply)
    expect(placeEffectsOf(...declined)).toEqual([wait])
    expect(placeEffectsOf(...underReview)).toEqual([wait])
    expect(placeEffectsOf(...declined, paymentStarted(), paymentFailed)).toEqual([])
    expect(placeEffectsOf(...unpaid, paymentStarted(), paymentFailed)).toEqual([])
    expect(placeEffectsOf(...charging, cancelled(), paymentFailed)).toEqual([])
  })
  it('is given back with the confirmation and with the end', () => {
    const close = (outcome: string) => tell({ type: 'CloseOrder', orderId: ORDER_ID, outcome, buyer })
    expect(placeEffectsOf(...charging, confirmed())).toEqual([close('confirmed')])
    for (const given of [[created()], [invoice], charging, declined, sold])
      expect(placeEffectsOf(...given, cancelled())).toEqual([close('cancelled')])
  })
})

describe('RecordPlace of an order that was refused one', () => {
  const detail = `${CUSTOMER_ID} says no.`
  it('ends it: too many wait', () => {
    for (const given of [[invoice], underReview])
      spec
        .given(...given)
        .when(refused('too_many_open_orders'))
        .then(cancelled({ reason: 'order_limit', detail }))
  })
  it('ends it as unpaid where its payment failed', () => {
    spec
      .given(...declined)
      .when(refused('too_many_units_held'))
      .then(cancelled({ reason: 'payment_failed', detail }))
  })
  it('ends it with the customer', () => {
    for (const status of ['suspended', 'erased'] as const)
      spec
        .given(created(), stockHeld())
        .when(refused('customer_not_active', { status }))
        .then(cancelled({ reason: `customer_${status}`, detail }))
  })
  it('changes nothing about one that is paid or has ended', () => {
    for (const given of [sold, ended])
      spec
        .given(...given)
        .when(refused('customer_not_active', { status: 'suspended' }))
        .then()
  })
})
