import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChargeRequest } from '../../shared/ports/payment-gateway.ts'
import { StripeGateway } from '../../shared/ports/stripe/gateway.ts'
import {
  declinesEveryCharge,
  knowsOfNoCharge,
  type StripeMock,
  startStripeMock,
  takesEveryCharge,
} from './support/stripe/stripe-mock.ts'

let mock: StripeMock
beforeAll(async () => {
  mock = await startStripeMock(takesEveryCharge)
})
afterAll(() => mock?.stop())

/** What went over the wire: the request's path and key, and the answer's status and echo of the key. */
interface Exchange {
  readonly path: string
  readonly key: string | null
  readonly status: number
  readonly echo: string | null
}

function stripe(secretKey = 'sk_test_integration') {
  const exchanges: Exchange[] = []
  const gateway = new StripeGateway({
    secretKey,
    apiUrl: mock.url,
    fetch: async (url, request) => {
      const response = await fetch(url, request)
      const key = new Headers(request.headers).get('Idempotency-Key')
      const echo = response.headers.get('Idempotency-Key')
      exchanges.push({ path: new URL(url).pathname, key, status: response.status, echo })
      return response
    },
  })
  return { gateway, exchanges }
}

const charge: ChargeRequest = {
  key: 'pay_integration',
  amount: { amount: 1_999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  orderId: 'ord_integration',
}

describe('stripe-mock, which checks each request against the description of Stripe’s API', () => {
  it('accepts a charge with its key, and returns the country of the card', async () => {
    const { gateway, exchanges } = stripe()
    expect(await gateway.charge(charge)).toEqual({
      status: 'succeeded',
      chargeId: expect.stringMatching(/^pi_/),
      gateway: 'stripe',
      cardCountry: 'US',
    })
    expect(exchanges).toEqual([
      { path: '/v1/payment_intents', key: charge.key, status: 200, echo: charge.key },
    ])
  })
  it('accepts a refund with its key, after listing the existing ones', async () => {
    const { gateway, exchanges } = stripe()
    const refund = {
      key: 'pay_integration/r1',
      chargeKey: charge.key,
      chargeId: 'pi_integration',
      amount: charge.amount,
    }
    expect(await gateway.refund(refund)).toEqual({
      status: 'succeeded',
      gatewayRefundId: expect.stringMatching(/^re_/),
    })
    expect(exchanges).toEqual([
      { path: '/v1/refunds', key: null, status: 200, echo: null },
      { path: '/v1/refunds', key: refund.key, status: 200, echo: refund.key },
    ])
  })
  it('accepts a search, which finds none of ours', async () => {
    const { gateway, exchanges } = stripe()
    expect(await gateway.find(charge.key)).toBeNull()
    expect(exchanges).toMatchObject([{ path: '/v1/payment_intents/search', status: 200 }])
  })
  it('describes a payment method', async () => {
    expect(await stripe().gateway.inspect('pm_card_visa')).toEqual({ cardCountry: 'US' })
  })
  it('returns the owner of an intent: here none', async () => {
    expect(await stripe().gateway.keyOf('pi_integration')).toBeNull()
  })
  it('refuses an invalid key', async () => {
    const call = stripe('none').gateway.inspect('pm_card_visa')
    await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'gateway_unauthorized' })
  })
  it('is asked for no amount that nobody can count', async () => {
    const half = { ...charge, amount: { amount: 1.5, currency: 'USD' } }
    expect(await stripe().gateway.charge(half)).toMatchObject({
      status: 'failed',
      code: 'amount_not_chargeable',
    })
  })
})

describe('stripe-mock, with other fixtures', () => {
  it('declines', async () => {
    await mock.restart(declinesEveryCharge)
    expect(await stripe().gateway.charge(charge)).toMatchObject({
      status: 'failed',
      code: 'insufficient_funds',
    })
  })
  it.each([
    ['of its own', {}],
    ['of charges under way', knowsOfNoCharge],
  ])('%s does not know yet', async (_, fixtures) => {
    await mock.restart(fixtures)
    const call = stripe().gateway.charge(charge)
    await expect(call).rejects.toMatchObject({ kind: 'unknown_outcome', code: 'charge_pending' })
  })
  it('of refunds under way does not know yet', async () => {
    await mock.restart({ refund: { status: 'pending' } })
    const refund = {
      key: 'pay_integration/r2',
      chargeKey: charge.key,
      chargeId: 'pi_1',
      amount: charge.amount,
    }
    await expect(stripe().gateway.refund(refund)).rejects.toMatchObject({ code: 'refund_pending' })
  })
  it('is not reached when it is down', async () => {
    await mock.stop()
    await expect(stripe().gateway.charge(charge)).rejects.toMatchObject({ kind: 'unknown_outcome' })
  })
})
