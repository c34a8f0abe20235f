import { describe, expect, it } from 'vitest'
import type { ChargeRequest, RefundRequest } from '../payment-gateway.ts'
import { PortError } from '../port-error.ts'
import {
  chargeFrom,
  emptyPage,
  intent,
  refundObject,
  refused,
  type Scripted,
  scriptedStripe,
} from './stripe.fixture.ts'

const charge: ChargeRequest = {
  key: 'pay_1',
  amount: { amount: 1_999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  orderId: 'ord_1',
}
const refund: RefundRequest = {
  key: 'pay_1/r/1',
  chargeKey: 'pay_1',
  chargeId: 'pi_1',
  amount: { amount: 500, currency: 'USD' },
}
const succeeded = { status: 'succeeded', chargeId: 'pi_1', gateway: 'stripe' }

/** The fault of a call that has to fail as ports fail. */
async function faultOf(call: Promise<unknown>): Promise<PortError> {
  const thrown = await call.then(
    () => null,
    (fault: unknown) => fault,
  )
  if (thrown instanceof PortError) return thrown
  throw new Error(`no PortError was thrown: ${String(thrown)}`)
}

describe('a charge', () => {
  it('asks for one confirmed PaymentIntent under its key', async () => {
    const { gateway, sent } = scriptedStripe({
      body: intent('succeeded', { latest_charge: chargeFrom('DE') }),
    })
    expect(await gateway.charge(charge)).toEqual({ ...succeeded, cardCountry: 'DE' })
    expect(sent).toEqual([
      {
        method: 'POST',
        path: '/v1/payment_intents',
        fields: {
          amount: '1999',
          currency: 'usd',
          payment_method: 'pm_card_visa',
          'payment_method_types[0]': 'card',
          confirm: 'true',
          error_on_requires_action: 'true',
          'metadata[paymentId]': 'pay_1',
          'metadata[orderId]': 'ord_1',
          'expand[0]': 'latest_charge',
        },
        headers: {
          authorization: 'Bearer sk_test_key',
          'content-type': 'application/x-www-form-urlencoded',
          'idempotency-key': 'pay_1',
          'stripe-version': '2026-08-26.dahlia',
        },
        limited: true,
      },
    ])
  })
  it.each([
    ['a charge that is only named', 'ch_1'],
    ['a charge whose card tells no country', chargeFrom(null)],
    ['a charge whose card tells something else', chargeFrom('??')],
    ['no charge', null],
  ])('succeeds without a country for %s', async (_, latest) => {
    const { gateway } = scriptedStripe({ body: intent('succeeded', { latest_charge: latest }) })
    expect(await gateway.charge(charge)).toEqual(succeeded)
  })
  it.each([
    ['ISK', 500, '50000'],
    ['UGX', 500, '50000'],
    ['JPY', 500, '500'],
    ['MGA', 12_300, '123'],
    ['KWD', 5_120, '5120'],
  ])('in %s counts as Stripe does', async (currency, amount, counted) => {
    const { gateway, sent } = scriptedStripe({ body: intent('succeeded') })
    await gateway.charge({ ...charge, amount: { amount, currency } })
    expect(sent[0]?.fields).toMatchObject({ amount: counted, currency: currency.toLowerCase() })
  })

  it.each([
    ['KWD', 5_124],
    ['MGA', 12_350],
    ['IRR', 100_000],
  ])('in %s of %i is declined without asking Stripe', async (currency, amount) => {
    const { gateway, sent } = scriptedStripe()
    const result = await gateway.charge({ ...charge, amount: { amount, currency } })
    expect(result).toMatchObject({ status: 'failed', code: 'amount_not_chargeable' })
    expect(sent).toEqual([])
  })

  it.each([
    ['card_declined', 'generic_decline', 'card_declined'],
    ['card_declined', 'lost_card', 'card_declined'],
    ['card_declined', undefined, 'card_declined'],
    ['card_declined', 'insufficient_funds', 'insufficient_funds'],
    ['card_declined', 'fraudulent', 'fraud_blocked'],
    ['card_declined', 'merchant_blacklist', 'fraud_blocked'],
    ['card_declined', 'authentication_required', 'authentication_required'],
    ['authentication_required', 'authentication_required', 'authentication_required'],
    ['payment_intent_authentication_failure', undefined, 'authentication_required'],
    ['expired_card', undefined, 'expired_card'],
    ['incorrect_cvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['processing_error', 'try_again_later', 'processing_error'],
  ])('that is declined with %s, %s fails with %s', async (code, declineCode, told) => {
    const error = { type: 'card_error', code, decline_code: declineCode }
    const { gateway } = scriptedStripe(refused(402, error))
    const result = await gateway.charge(charge)
    expect(result).toMatchObject({ status: 'failed', code: told })
    expect(JSON.stringify(result)).not.toContain('pm_secret')
  })
  it('with a method that Stripe does not have fails', async () => {
    const error = { type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' }
    const { gateway } = scriptedStripe(refused(400, error))
    expect(await gateway.charge(charge)).toMatchObject({ status: 'failed', code: 'unknown_payment_method' })
  })
  it.each([
    ['requires_action', 'authentication_required'],
    ['canceled', 'payment_canceled'],
  ])('whose intent is %s fails with %s', async (status, code) => {
    const { gateway } = scriptedStripe({ body: intent(status) })
    expect(await gateway.charge(charge)).toMatchObject({ status: 'failed', code })
  })
  it('whose intent holds a decline fails with it', async () => {
    const error = { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' }
    const { gateway } = scriptedStripe({
      body: intent('requires_payment_method', { last_payment_error: error }),
    })
    expect(await gateway.charge(charge)).toMatchObject({ status: 'failed', code: 'insufficient_funds' })
  })
  it.each(['processing', 'requires_payment_method', 'requires_confirmation', 'requires_capture', 'news'])(
    'whose intent is %s is not known yet, which is no failure',
    async (status) => {
      const { gateway } = scriptedStripe({ body: intent(status) })
      expect(await faultOf(gateway.charge(charge))).toMatchObject({
        kind: 'unknown_outcome',
        code: 'charge_pending',
      })
    },
  )
})

describe('what goes wrong', () => {
  it.each<[string, Scripted, string, string]>([
    ['a broken line', 'broken line', 'unknown_outcome', 'gateway_timeout'],
    ['status 500', { status: 500, body: 'Oops' }, 'unknown_outcome', 'gateway_unavailable'],
    ['status 503', refused(503, { type: 'api_error' }), 'unknown_outcome', 'gateway_unavailable'],
    ['status 424', refused(424, { type: 'api_error' }), 'unknown_outcome', 'gateway_unavailable'],
    ['status 429', refused(429, { type: 'invalid_request_error' }), 'unavailable', 'gateway_busy'],
    ['the same key at once', refused(409, { type: 'idempotency_error' }), 'unknown_outcome', 'gateway_busy'],
    [
      'a wrong secret key',
      refused(401, { type: 'invalid_request_error' }),
      'unavailable',
      'gateway_unauthorized',
    ],
    [
      'a restricted key',
      refused(403, { type: 'invalid_request_error' }),
      'unavailable',
      'gateway_unauthorized',
    ],
    ['no JSON', { body: '<html>' }, 'unknown_outcome', 'gateway_unreadable'],
    ['another object', { body: { object: 'payment_intent' } }, 'unknown_outcome', 'gateway_unreadable'],
    ['an error of another make', { status: 404, body: {} }, 'unknown_outcome', 'gateway_unreadable'],
    [
      'another request under the key',
      refused(400, { type: 'idempotency_error' }),
      'unknown_outcome',
      'key_reused',
    ],
    [
      'a request that Stripe does not take',
      refused(400, { type: 'invalid_request_error', code: 'amount_too_small', param: 'amount' }),
      'rejected',
      'gateway_rejected',
    ],
  ])('%s is sorted', async (_, answer, kind, code) => {
    const { gateway } = scriptedStripe(answer)
    const fault = await faultOf(gateway.charge(charge))
    expect(fault).toMatchObject({ kind, code })
    expect(fault.message).not.toMatch(/pm_secret|sk_test_key/)
  })
  it('says which field Stripe does not take', async () => {
    const error = { type: 'invalid_request_error', code: 'amount_too_small', param: 'amount' }
    const { gateway } = scriptedStripe(refused(400, error))
    expect((await faultOf(gateway.charge(charge))).message).toContain('amount_too_small, amount')
  })
  it('gives Stripe a limited time', async () => {
    const { gateway, sent } = scriptedStripe('broken line')
    await faultOf(gateway.inspect('pm_1'))
    expect(sent).toMatchObject([{ limited: true }])
  })
})

describe('looking for a charge', () => {
  const found = (...data: unknown[]) => ({ body: { object: 'search_result', data, has_more: false } })

  it('searches by the key', async () => {
    const paid = intent('succeeded', { latest_charge: chargeFrom('US') })
    const { gateway, sent } = scriptedStripe(found(paid))
    expect(await gateway.find('pay_1')).toEqual({ ...succeeded, cardCountry: 'US' })
    expect(sent).toMatchObject([
      {
        method: 'GET',
        path: '/v1/payment_intents/search',
        fields: { query: "metadata['paymentId']:'pay_1'", 'expand[0]': 'data.latest_charge' },
      },
    ])
    expect(sent[0]?.headers).not.toHaveProperty('idempotency-key')
  })
  it('lets no key change what is searched for', async () => {
    const { gateway, sent } = scriptedStripe(found())
    await gateway.find("x' OR status:'succeeded")
    expect(sent[0]?.fields.query).toBe("metadata['paymentId']:'x\\' OR status:\\'succeeded'")
  })
  it('finds nothing where nothing is, and nothing that is of another key', async () => {
    const other = intent('succeeded', { metadata: { paymentId: 'pay_2' } })
    const { gateway } = scriptedStripe(found(), found(other, intent('succeeded', { metadata: {} })))
    expect(await gateway.find('pay_1')).toBeNull()
    expect(await gateway.find('pay_1')).toBeNull()
  })
  it('prefers the one that took money', async () => {
    const { gateway } = scriptedStripe(found(intent('canceled'), intent('succeeded')))
    expect(await gateway.find('pay_1')).toEqual(succeeded)
  })
  it('does not know before Stripe does', async () => {
    const { gateway } = scriptedStripe(found(intent('processing')))
    expect(await faultOf(gateway.find('pay_1'))).toMatchObject({ kind: 'unknown_outcome' })
  })
  it('says nothing about a charge that cannot be searched for', async () => {
    const { gateway } = scriptedStripe(refused(400, { type: 'invalid_request_error' }))
    expect(await faultOf(gateway.find('pay_1'))).toMatchObject({ kind: 'unknown_outcome' })
  })
})

describe('a refund', () => {
  it.each([
    ['KWD', 5_124],
    ['MGA', 12_350],
  ])('in %s of %i fails, as Stripe could not count it', async (currency, amount) => {
    const { gateway, sent } = scriptedStripe(emptyPage)
    const result = await gateway.refund({ ...refund, amount: { amount, currency } })
    expect(result).toMatchObject({ status: 'failed', code: 'amount_not_refundable' })
    expect(sent.map(({ method }) => method)).toEqual(['GET'])
  })
  it('asks for a part of the charge under its key', async () => {
    const { gateway, sent } = scriptedStripe(emptyPage, { body: refundObject('succeeded') })
    expect(await gateway.refund(refund)).toEqual({ status: 'succeeded', gatewayRefundId: 're_1' })
    expect(sent).toMatchObject([
      { method: 'GET', path: '/v1/refunds', fields: { payment_intent: 'pi_1', limit: '100' } },
      { method: 'POST', path: '/v1/refunds', headers: { 'idempotency-key': 'pay_1/r/1' } },
    ])
    expect(sent[1]?.fields).toEqual({
      payment_intent: 'pi_1',
      amount: '500',
      'metadata[paymentId]': 'pay_1',
      'metadata[refundKey]': 'pay_1/r/1',
    })
  })
  it('that is there already is not made again, on whatever page it stands', async () => {
    const other = refundObject('succeeded', { id: 're_0', metadata: {} })
    const { gateway, sent } = scriptedStripe(
      { body: { data: [other], has_more: true } },
      { body: { data: [refundObject('succeeded')], has_more: false } },
    )
    expect(await gateway.refund(refund)).toEqual({ status: 'succeeded', gatewayRefundId: 're_1' })
    expect(sent.map(({ method, fields }) => [method, fields.starting_after])).toEqual([
      ['GET', undefined],
      ['GET', 're_0'],
    ])
  })
  it.each([
    ['failed', 'refund_failed'],
    ['canceled', 'refund_canceled'],
  ])('that %s has failed', async (status, code) => {
    const { gateway } = scriptedStripe(emptyPage, {
      body: refundObject(status, { failure_reason: 'lost_or_stolen_card' }),
    })
    expect(await gateway.refund(refund)).toEqual({
      status: 'failed',
      code,
      detail: 'The bank did not take the refund (lost_or_stolen_card).',
    })
  })
  it.each(['pending', 'requires_action', null])('that is %s is not known yet', async (status) => {
    const { gateway } = scriptedStripe(emptyPage, { body: refundObject(status) })
    expect(await faultOf(gateway.refund(refund))).toMatchObject({
      kind: 'unknown_outcome',
      code: 'refund_pending',
    })
  })
  it.each([
    'charge_already_refunded',
    'charge_disputed',
    'refund_disputed_payment',
    'charge_not_refundable',
    'amount_too_large',
  ])('that cannot be because of %s has failed', async (code) => {
    const { gateway } = scriptedStripe(emptyPage, refused(400, { type: 'invalid_request_error', code }))
    expect(await gateway.refund(refund)).toMatchObject({ status: 'failed', code })
  })
  it('that Stripe does not take otherwise is rejected', async () => {
    const { gateway } = scriptedStripe(
      emptyPage,
      refused(404, { type: 'invalid_request_error', code: 'resource_missing' }),
    )
    expect(await faultOf(gateway.refund(refund))).toMatchObject({
      kind: 'rejected',
      code: 'gateway_rejected',
    })
  })
})

describe('a payment method', () => {
  it('tells where its card comes from', async () => {
    const { gateway, sent } = scriptedStripe({ body: { id: 'pm_1', card: { country: 'FR' } } })
    expect(await gateway.inspect('pm_1/x')).toEqual({ cardCountry: 'FR' })
    expect(sent).toMatchObject([{ method: 'GET', path: '/v1/payment_methods/pm_1%2Fx' }])
  })
  it.each<[string, Scripted]>([
    ['without a card', { body: { id: 'pm_1', card: null } }],
    ['whose card tells no country', { body: { id: 'pm_1', card: { country: null } } }],
    ['that Stripe does not have', refused(404, { type: 'invalid_request_error', code: 'resource_missing' })],
  ])('%s tells nothing', async (_, answer) => {
    expect(await scriptedStripe(answer).gateway.inspect('pm_1')).toEqual({})
  })
  it('that Stripe refuses to tell of is rejected', async () => {
    const { gateway } = scriptedStripe(refused(400, { type: 'invalid_request_error' }))
    expect(await faultOf(gateway.inspect('pm_1'))).toMatchObject({ kind: 'rejected' })
  })
})

describe('the payment behind an intent', () => {
  it.each<[string, Scripted, string | null]>([
    ['of ours', { body: intent('succeeded') }, 'pay_1'],
    ['of others', { body: intent('succeeded', { metadata: {} }) }, null],
    ['that there is not', refused(404, { type: 'invalid_request_error', code: 'resource_missing' }), null],
  ])('%s', async (_, answer, key) => {
    expect(await scriptedStripe(answer).gateway.keyOf('pi_1')).toBe(key)
  })
})
