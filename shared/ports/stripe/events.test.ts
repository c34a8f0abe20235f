import { describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { readStripeEvent } from './events.ts'
import { chargeFrom, intent, refundObject } from './stripe.fixture.ts'

const event = (type: string, object: unknown) => ({ id: 'evt_1', object: 'event', type, data: { object } })
const newsOf = (type: string, object: unknown) => readStripeEvent(event(type, object)).news

describe('an event of Stripe', () => {
  it('is known by its id', () => {
    expect(readStripeEvent(event('customer.created', {}))).toEqual({ id: 'evt_1', news: [] })
  })
  it('tells of a charge that succeeded', () => {
    expect(newsOf('payment_intent.succeeded', intent('succeeded', { latest_charge: 'ch_1' }))).toEqual([
      {
        about: 'charge',
        paymentId: 'pay_1',
        result: { status: 'succeeded', chargeId: 'pi_1', gateway: 'stripe' },
      },
    ])
    expect(
      newsOf('payment_intent.succeeded', intent('succeeded', { latest_charge: chargeFrom('GB') })),
    ).toMatchObject([{ result: { cardCountry: 'GB' } }])
  })
  it('tells of a charge that failed', () => {
    const error = { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' }
    const failed = intent('requires_payment_method', { last_payment_error: error })
    expect(newsOf('payment_intent.payment_failed', failed)).toMatchObject([
      { about: 'charge', paymentId: 'pay_1', result: { status: 'failed', code: 'insufficient_funds' } },
    ])
    expect(newsOf('payment_intent.canceled', intent('canceled'))).toMatchObject([
      { result: { status: 'failed', code: 'payment_canceled' } },
    ])
  })
  it.each(['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'])(
    '%s tells of a refund',
    (type) => {
      expect(newsOf(type, refundObject('succeeded'))).toEqual([
        {
          about: 'refund',
          paymentId: 'pay_1',
          refundId: 'r/1',
          result: { status: 'succeeded', gatewayRefundId: 're_1' },
        },
      ])
      expect(newsOf(type, refundObject('failed'))).toMatchObject([
        { result: { status: 'failed', code: 'refund_failed' } },
      ])
    },
  )
  it('tells of all refunds of a charge that it lists', () => {
    const data = [refundObject('succeeded'), refundObject('pending', { id: 're_2' })]
    expect(newsOf('charge.refunded', { id: 'ch_1', refunds: { data } })).toMatchObject([{ refundId: 'r/1' }])
    expect(newsOf('charge.refunded', { id: 'ch_1' })).toEqual([])
  })
  it('tells of a dispute, in minor units', () => {
    const dispute = {
      id: 'dp_1',
      amount: 50_000,
      currency: 'isk',
      reason: 'fraudulent',
      payment_intent: 'pi_1',
    }
    expect(newsOf('charge.dispute.created', dispute)).toEqual([
      {
        about: 'dispute',
        paymentIntentId: 'pi_1',
        disputeId: 'dp_1',
        reason: 'fraudulent',
        status: 'open',
        amount: { amount: 500, currency: 'ISK' },
      },
    ])
    expect(newsOf('charge.dispute.created', { ...dispute, currency: 'usd' })).toMatchObject([
      { amount: { amount: 50_000, currency: 'USD' } },
    ])
    expect(newsOf('charge.dispute.created', { ...dispute, payment_intent: null })).toEqual([])
  })

  it.each([
    ['created', 'warning_needs_response', 'inquiry'],
    ['updated', 'warning_under_review', 'inquiry'],
    ['closed', 'warning_closed', 'inquiry_closed'],
    ['closed', 'prevented', 'inquiry_closed'],
    ['created', 'needs_response', 'open'],
    ['funds_withdrawn', 'under_review', 'open'],
    ['closed', 'won', 'won'],
    ['closed', 'lost', 'lost'],
    ['updated', 'won', 'won'],
    ['funds_reinstated', 'won', 'won'],
    ['funds_reinstated', 'lost', 'reinstated'],
    ['funds_reinstated', 'under_review', 'open'],
  ])('%s tells of a dispute that is %s', (type, status, known) => {
    const about = { id: 'dp_1', amount: 500, currency: 'usd', reason: 'general', payment_intent: 'pi_1' }
    expect(newsOf(`charge.dispute.${type}`, { ...about, status })).toMatchObject([{ status: known }])
    expect(newsOf(`charge.dispute.${type}`, { ...about, status: 'of a later version' })).toEqual([])
  })
  it('knows a loss of which only a part came back', () => {
    const about = { id: 'dp_1', amount: 500, currency: 'usd', reason: 'general', payment_intent: 'pi_1' }
    const of = (...amounts: number[]) =>
      newsOf('charge.dispute.funds_reinstated', {
        ...{ ...about, status: 'lost' },
        balance_transactions: amounts.map((amount) => ({ amount })),
      })
    expect(of(-500, 100)).toMatchObject([{ status: 'lost' }])
    expect(of(-500, 500)).toMatchObject([{ status: 'reinstated' }])
  })
  it('tells of a refund that was made at the dashboard, by the payment intent', () => {
    const about = { metadata: {}, amount: 700, currency: 'usd', payment_intent: 'pi_1' }
    const told = {
      ...{ about: 'outside_refund', paymentIntentId: 'pi_1', gatewayRefundId: 're_1' },
      amount: { amount: 700, currency: 'USD' },
    }
    const made = refundObject('succeeded', about)
    expect(newsOf('refund.created', made)).toEqual([
      { ...told, result: { status: 'succeeded', gatewayRefundId: 're_1' } },
    ])
    expect(newsOf('charge.refunded', { id: 'ch_1', refunds: { data: [made] } })).toMatchObject([told])
    expect(newsOf('refund.failed', refundObject('failed', about))).toMatchObject([
      { ...told, result: { status: 'failed' } },
    ])
    expect(newsOf('refund.created', refundObject('pending', about))).toEqual([])
  })

  it.each([
    ['a charge that is still under way', 'payment_intent.payment_failed', intent('processing')],
    ['a charge of others', 'payment_intent.succeeded', intent('succeeded', { metadata: {} })],
    ['a refund that is still under way', 'refund.updated', refundObject('pending')],
    [
      'a refund that was made at the dashboard',
      'refund.updated',
      refundObject('succeeded', { metadata: {} }),
    ],
    [
      'a refund whose key belongs to another payment',
      'refund.updated',
      refundObject('succeeded', { metadata: { paymentId: 'pay_1', refundKey: 'pay_2/r' } }),
    ],
  ])('is no news about %s', (_, type, object) => {
    expect(newsOf(type, object)).toEqual([])
  })

  it.each([
    ['no event', { hello: 'world' }],
    ['no object', null],
    ['no intent', event('payment_intent.succeeded', { id: 7 })],
    ['no refund', event('refund.updated', {})],
    ['no dispute', event('charge.dispute.created', { id: 'dp_1' })],
  ])('cannot be read from %s', (_, body) => {
    expect(() => readStripeEvent(body)).toThrow(ZodError)
  })
})
