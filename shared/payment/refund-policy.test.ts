import { describe, expect, it } from 'vitest'
import { charged, refund, refundFailed, refundRequested, requestedBy, spec, usd } from './payment.fixture.ts'
import { paymentRules } from './policies.ts'

describe('RefundPayment by product', () => {
  const basis = {
    lines: [
      { sku: 'cup', quantity: 3, total: 1_000 },
      { sku: 'jug', quantity: 2, total: 3_500 },
      { sku: 'gift', quantity: 1, total: 0 },
    ],
    shipping: 500,
  }
  const cups = (quantity: number) => [{ sku: 'cup', quantity }]
  const byLines = (refundId: string, quantity: number) => refund(refundId, { lines: cups(quantity), basis })
  const cupsRequested = (refundId: string, quantity: number, minor: number) =>
    refundRequested(refundId, minor, { lines: [{ sku: 'cup', quantity, amount: minor }] })

  it('refunds the share of the units', () => {
    spec
      .given(...charged)
      .when(byLines('r1', 2))
      .then(requestedBy(['lines'], 5_000, 'r1', 667, { lines: [{ sku: 'cup', quantity: 2, amount: 667 }] }))
  })
  it('comes to the total of the line in any steps', () => {
    const first = spec.given(...charged).when(byLines('r1', 1))
    expect(first.decision.events).toMatchObject([{ data: { amount: usd(333) } }])
    const second = spec.given(...charged, cupsRequested('r1', 1, 333)).when(byLines('r2', 1))
    expect(second.decision.events).toMatchObject([{ data: { amount: usd(334) } }])
    const third = spec
      .given(...charged, cupsRequested('r1', 1, 333), cupsRequested('r2', 1, 334))
      .when(byLines('r3', 1))
    expect(third.decision.events).toMatchObject([{ data: { amount: usd(333) } }])
  })
  it('never takes back what stands, though after a failure it may be ahead of its share', () => {
    const pins = { lines: [...basis.lines, { sku: 'pin', quantity: 4, total: 1 }], shipping: 0 }
    const lines = [
      { sku: 'pin', quantity: 1 },
      { sku: 'cup', quantity: 3 },
    ]
    // The third pin got the whole cent, before the refund of the first two failed.
    const ahead = refundRequested('r1', 1, { lines: [{ sku: 'pin', quantity: 1, amount: 1 }] })
    const { decision } = spec.given(...charged, ahead).when(refund('r2', { lines, basis: pins }))
    expect(decision.events).toMatchObject([
      {
        data: {
          amount: usd(1_000),
          lines: [
            { sku: 'cup', amount: 1_000 },
            { sku: 'pin', amount: 0 },
          ],
        },
      },
    ])
  })
  it('adds up several products and the shipping costs', () => {
    const lines = [
      { sku: 'jug', quantity: 1 },
      { sku: 'cup', quantity: 1 },
      { sku: 'cup', quantity: 2 },
    ]
    spec
      .given(...charged)
      .when(refund('r1', { lines, shipping: true, basis }))
      .then(
        requestedBy(['lines', 'shipping'], 5_000, 'r1', 3_250, {
          lines: [
            { sku: 'cup', quantity: 3, amount: 1_000 },
            { sku: 'jug', quantity: 1, amount: 1_750 },
          ],
          shipping: 500,
        }),
      )
  })
  it('takes what an order has of a product in several lines together', () => {
    const twice = { lines: [...basis.lines, { sku: 'cup', quantity: 1, total: 500 }], shipping: 0 }
    const { decision } = spec.given(...charged).when(refund('r1', { lines: cups(4), basis: twice }))
    expect(decision.events).toMatchObject([{ data: { amount: usd(1_500) } }])
  })
  it('refunds the shipping costs alone, once', () => {
    const shipping = refund('r1', { shipping: true, basis })
    const requestedShipping = refundRequested('r1', 500, { shipping: 500 })
    spec
      .given(...charged)
      .when(shipping)
      .then(requestedBy(['shipping'], 5_000, 'r1', 500, { shipping: 500 }))
    spec
      .given(...charged, requestedShipping)
      .when({ ...shipping, refundId: 'r2' })
      .thenRefused('shipping_refunded')
    spec
      .given(...charged, requestedShipping, refundFailed('r1', 500))
      .when({ ...shipping, refundId: 'r2' })
      .thenTypes('PaymentRefundRequested')
  })
  it('is refused for a product that the order does not have', () => {
    const { decision } = spec
      .given(...charged)
      .when(refund('r1', { lines: [{ sku: 'pot', quantity: 1 }], basis }))
      .thenRefused('refund_line_unknown')
    expect(decision.refusal?.facts).toEqual({ sku: 'pot' })
  })
  it('is refused beyond the units that were bought and not refunded yet', () => {
    const { decision } = spec
      .given(...charged, cupsRequested('r1', 1, 333))
      .when(byLines('r2', 3))
      .thenRefused('refund_quantity_exceeded')
    expect(decision.refusal?.facts).toEqual({ sku: 'cup', refundable: 2 })
  })
  it('has the units again of a refund that failed', () => {
    spec
      .given(...charged, cupsRequested('r1', 3, 1_000), refundFailed('r1', 1_000))
      .when(byLines('r2', 3))
      .thenTypes('PaymentRefundRequested')
  })
  it('is refused when it comes to nothing', () => {
    spec
      .given(...charged)
      .when(refund('r1', { lines: [{ sku: 'gift', quantity: 1 }], basis }))
      .thenRefused('nothing_to_refund')
    const free = { lines: [], shipping: 0 }
    spec
      .given(...charged)
      .when(refund('r1', { shipping: true, basis: free }))
      .thenRefused('nothing_to_refund')
  })
  it('is refused beyond what refunds by amount have left of the charge', () => {
    spec
      .given(...charged, refundRequested('r1', 4_500))
      .when(byLines('r2', 3))
      .thenRefused('refund_exceeds_charge')
  })
  it('is refused together with an amount, and without what the order came to', () => {
    const whole = spec.given(...charged)
    whole.when(refund('r1', { lines: cups(1), basis, amount: 1 })).thenRefused('refund_invalid')
    whole.when(refund('r1', { shipping: true, basis, amount: 1 })).thenRefused('refund_invalid')
    whole.when(refund('r1', { lines: cups(1) })).thenRefused('refund_invalid')
    whole.when(refund('r1', { shipping: true })).thenRefused('refund_invalid')
  })
  it('is refused when there would be too many products to remember', () => {
    const most = paymentRules.refunds.maxLinesPerPayment
    const lines = Array.from({ length: most - 1 }, (_, index) => ({
      sku: `s${index}`,
      quantity: 1,
      amount: 0,
    }))
    const many = spec.given(...charged, refundRequested('r1', 1, { lines }))
    many.when(byLines('r2', 1)).thenTypes('PaymentRefundRequested')
    const two = [...cups(1), { sku: 'jug', quantity: 1 }]
    many.when(refund('r2', { lines: two, basis })).thenRefused('too_many_refunds')
  })
})
