import { describe, expect, it } from 'vitest'
import { NOW } from '../../../shared/core/specification.fixture.ts'
import type { OrderEvent } from '../../../shared/order/events.ts'
import {
  charging,
  created,
  declined,
  disputed,
  PAYMENT_ID,
  paymentFailed,
  percent,
  quote,
  sold,
  spec,
  stockHeld,
  underReview,
  usd,
} from '../../../shared/order/order.fixture.ts'
import { explainOrder, orderDecisionsResource } from './decisions.ts'

function explain(...history: readonly OrderEvent[]) {
  const state = spec.fold(history)
  if (!state) throw new Error('there is no order')
  return orderDecisionsResource.parse(explainOrder(state))
}

describe('promotions', () => {
  const ten = { code: 'TEN', terms: percent('TEN', 10) }
  const twenty = { code: 'TWENTY', terms: percent('TWENTY', 20) }

  it('that apply say what they take off', () => {
    expect(explain(created({ promotions: [ten] })).promotions).toEqual([
      { code: 'TEN', applied: true, detail: 'TEN takes 2.25 USD off.' },
    ])
  })
  it('that take nothing off say so', () => {
    const product = { code: 'NONE', terms: percent('NONE', 10, { class: 'product', skus: ['OTHER'] }) }
    expect(explain(created({ promotions: [product] })).promotions).toMatchObject([
      { applied: false, reason: 'worth_nothing', detail: expect.stringContaining('takes nothing off') },
    ])
  })
  it('that are not eligible say every reason', () => {
    const gone = { code: 'GONE', reasons: ['expired' as const, 'minimum_spend' as const] }
    expect(explain(created({ promotions: [gone], skipInvalidPromotions: true })).promotions).toEqual([
      {
        code: 'GONE',
        applied: false,
        reason: 'expired',
        detail: 'GONE does not apply: it has ended; the order is below its minimum.',
      },
    ])
  })
  it('that lost say against which, and by which rule', () => {
    expect(explain(created({ promotions: [ten, twenty] })).promotions).toMatchObject([
      {
        code: 'TEN',
        applied: false,
        reason: 'not_combinable',
        rule: 'classes_do_not_combine',
        detail: 'TEN was left out: it cannot stand beside TWENTY, which takes more off.',
      },
      { code: 'TWENTY', applied: true },
    ])
  })
  it('of orders from before decisions were kept say what is known', () => {
    const old = created({ promotions: [ten, twenty] })
    expect(explain({ ...old, data: { ...old.data, decisions: [] } }).promotions[0]).toEqual({
      code: 'TEN',
      applied: false,
      reason: 'not_combinable',
      detail: 'TEN does not apply: it cannot stand beside the others.',
    })
  })
})

describe('payments', () => {
  it('say what became of them', () => {
    expect(explain(...charging).payments).toEqual([
      { paymentId: PAYMENT_ID, outcome: 'pending', rules: [], detail: 'What came of it is not known yet.' },
    ])
    expect(explain(...sold).payments).toMatchObject([
      { outcome: 'processed', detail: 'The money was taken.' },
    ])
    expect(explain(...declined).payments).toMatchObject([
      { outcome: 'failed', code: 'card_declined', detail: 'Nothing was taken: card_declined.' },
    ])
  })
  it('say why an operator has to look at them', () => {
    expect(explain(...underReview).payments).toEqual([
      {
        paymentId: PAYMENT_ID,
        outcome: 'review',
        score: 70,
        rules: ['velocity', 'amount_over_average'],
        detail:
          'An operator has to look at it: its fraud score is 70 (many payments within ten minutes, far more than the customer usually pays).',
      },
    ])
  })
  it('say why they were refused as fraud, also by rules that have no words here', () => {
    const blocked: OrderEvent = {
      type: 'OrderPaymentFailed',
      data: {
        ...paymentFailed.data,
        code: 'fraud_blocked',
        decisions: [
          {
            policy: 'fraudDetectionPolicy',
            rules: ['card_country', 'another_rule'],
            inputs: { score: 80 },
            outcome: 'blocked',
          },
        ],
      },
    }
    expect(explain(...charging, blocked).payments).toMatchObject([
      {
        outcome: 'failed',
        code: 'fraud_blocked',
        score: 80,
        detail:
          'Nothing was taken: fraud_blocked. Its fraud score is 80 (a card from another country than the address, another_rule).',
      },
    ])
  })
  it('say that the bank disputes them, and that money could not be given back', () => {
    expect(explain(...sold, disputed).payments).toMatchObject([
      { outcome: 'disputed', detail: 'The bank of the card disputes it.' },
    ])
    const refund = { paymentId: PAYMENT_ID, refundId: 'end', amount: usd(2_250), code: 'account_closed' }
    const abandoned: OrderEvent = { type: 'OrderRefundAbandoned', data: { ...refund, retries: 3 } }
    expect(explain(...sold, abandoned).payments[0]?.detail).toContain('an operator has to see to it')
    const returned: OrderEvent = {
      type: 'OrderPaymentReturned',
      data: { paymentId: PAYMENT_ID, amount: usd(2_250) },
    }
    expect(explain(...charging, returned).payments).toMatchObject([
      { outcome: 'returned', detail: expect.stringContaining('goes back') },
    ])
  })
})

describe('stock', () => {
  it('says where it comes from, and why', () => {
    expect(explain(...charging).stock).toEqual([
      {
        sku: 'MUG',
        rule: 'single_location',
        allocations: [{ location: 'main', quantity: 2 }],
        detail: '2 from main: one location has all of it.',
      },
      {
        sku: 'PEN',
        rule: 'single_location',
        allocations: [{ location: 'main', quantity: 1 }],
        detail: '1 from main: one location has all of it.',
      },
    ])
  })
  it('says of a hold that stood before that it did', () => {
    expect(explain(created(), stockHeld({ decisions: [] })).stock).toMatchObject([
      { rule: 'held_before', detail: 'It had been held for this order before.' },
      { rule: 'held_before' },
    ])
  })
})

it('shipping says who promises it, and why them', () => {
  const shippingQuote = { ...quote, promisedTo: NOW, rules: ['cheapest', 'after_cut_off'] }
  expect(explain(created({ shippingQuote })).shipping).toEqual({
    carrier: 'sandbox',
    service: 'standard',
    rules: ['cheapest', 'after_cut_off'],
    detail: `sandbox (standard) promises it by ${NOW}: it is the cheapest that goes there; the cut-off hour of the day had passed.`,
  })
  expect(explain(created()).shipping.detail).toBe(`sandbox (standard) promises it by ${quote.promisedTo}.`)
})
