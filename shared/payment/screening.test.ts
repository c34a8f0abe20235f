import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { HOUR, plus } from '../core/time.ts'
import type { ScreeningFacts } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import {
  amount,
  approved,
  ask,
  charged,
  failed,
  failedWith,
  held,
  of,
  processed,
  requested,
  requestedWith,
  screened,
  spec,
  suspicion,
  trusted,
  usd,
} from './payment.fixture.ts'

const known = (value: ScreeningFacts) => ({ type: 'RecordScreening', outcome: { ok: true, value } }) as const
const unknown = {
  type: 'RecordScreening',
  outcome: { ok: false, refusal: { code: 'customer_not_found', detail: 'Gone.' } },
} as const

describe('RecordScreening', () => {
  it('lets a payment through, and says why', () => {
    const { state, decision } = spec
      .given(requested)
      .when(known(trusted))
      .then({
        type: 'PaymentScreened',
        data: {
          ...of,
          score: 0,
          rules: [],
          decisions: [
            {
              policy: 'fraudDetectionPolicy',
              rules: [],
              inputs: {
                ...{ score: 0, amount: 5_000, currency: 'USD', failedTries: 0 },
                ...{ shippingCountry: 'US', cardCountry: 'US' },
                ...{ paymentsInWindow: 1, disposableEmail: false, accountAgeHours: 365 * 24 },
                ...{ averageOrder: 4_000, averageCurrency: 'USD' },
              },
              outcome: 'allowed',
            },
          ],
        },
      })
    expect(decision.refusal).toBeUndefined()
    expect(state).toEqual({ ...ask, screening: { score: 0, rules: [] }, status: 'requested' })
  })

  const abroad = { ...trusted, cardCountry: 'GB' }
  const hasty: ScreeningFacts = {
    ...abroad,
    customer: {
      accountCreatedAt: plus(NOW, -HOUR),
      paymentsInWindow: 4,
      averageOrder: usd(4_000),
      disposableEmail: true,
    },
  }

  it('holds a payment of 65 to 74 for review', () => {
    const { state, decision } = spec
      .given(requested)
      .when(known(hasty))
      .then({
        type: 'PaymentHeldForReview',
        data: { ...of, amount, ...suspicion, decisions: [expect.anything()] },
      })
    expect(state).toEqual({ ...ask, screening: suspicion, status: 'review' })
    expect(decision.events[0]).toMatchObject({
      data: {
        decisions: [{ policy: 'fraudDetectionPolicy', rules: suspicion.rules, outcome: 'held_for_review' }],
      },
    })
  })
  it('refuses a payment of 75 and over, without a charge', () => {
    const { state, decision } = spec
      .given(requestedWith({ failedTries: 3 }))
      .when(known(hasty))
      .thenTypes('PaymentFailed')
    const screening = { score: 100, rules: ['velocity', 'failed_tries', 'card_country', 'disposable_email'] }
    expect(decision.events[0]).toMatchObject({
      data: {
        ...of,
        amount,
        code: 'fraud_blocked',
        screening,
        decisions: [
          {
            policy: 'fraudDetectionPolicy',
            rules: screening.rules,
            inputs: { score: 100 },
            outcome: 'blocked',
          },
        ],
      },
    })
    expect(state).toMatchObject({ status: 'failed', failure: { code: 'fraud_blocked' }, screening })
  })
  it('decides with what is known when the facts cannot be had for good', () => {
    spec.given(requested).when(unknown).thenTypes('PaymentScreened')
    const tried = spec.given(requestedWith({ failedTries: 3 }))
    tried.when(unknown).then({
      type: 'PaymentScreened',
      data: {
        ...of,
        score: 30,
        rules: ['failed_tries'],
        decisions: [
          {
            policy: 'fraudDetectionPolicy',
            rules: ['failed_tries'],
            inputs: { score: 30, amount: 5_000, currency: 'USD', failedTries: 3, shippingCountry: 'US' },
            outcome: 'allowed',
          },
        ],
      },
    })
    const { decision } = tried.when(known({ cardCountry: 'GB', customer: null }))
    expect(decision.events[0]).toMatchObject({ data: { rules: ['failed_tries', 'card_country'] } })
  })
  it('changes nothing on a payment that was screened before', () => {
    for (const history of [
      [requested, screened],
      [requested, held],
      [requested, held, approved],
      charged,
      [requested, failed],
    ])
      spec
        .given(...history)
        .when(known(hasty))
        .then()
  })
  it('is refused for an unknown payment', () => {
    spec.given().when(unknown).thenRefused('payment_not_found')
  })
})

describe('a payment held for review', () => {
  const rejected: PaymentEvent = { type: 'PaymentReviewRejected', data: { ...of, reason: 'stolen' } }
  const reject = { type: 'RejectReview', reason: 'stolen' } as const

  it('is let through by ApproveReview', () => {
    const { state } = spec.given(requested, held).when({ type: 'ApproveReview' }).then(approved)
    expect(state).toEqual({ ...ask, screening: suspicion, status: 'requested' })
  })
  it('fails by RejectReview', () => {
    const { state } = spec
      .given(requested, held)
      .when(reject)
      .then(
        rejected,
        failedWith(
          'review_rejected',
          'The payment was held for review and turned down; nothing was charged.',
          suspicion,
        ),
      )
    expect(state).toMatchObject({
      status: 'failed',
      failure: { code: 'review_rejected' },
      screening: suspicion,
    })
  })
  it('fails when its order ends', () => {
    spec
      .given(requested, held)
      .when({ type: 'WithdrawReview', reason: 'order_ended' })
      .thenTypes('PaymentReviewRejected', 'PaymentFailed')
  })
  it('is not looked at again, and no other payment is', () => {
    const histories = [
      [requested],
      [requested, screened],
      [requested, held, approved],
      [requested, held, approved, processed],
      [requested, held, rejected, failedWith('review_rejected', 'No.', suspicion)],
      charged,
      [requested, failed],
    ]
    for (const history of histories) {
      const given = spec.given(...history)
      given.when({ type: 'ApproveReview' }).thenRefused('payment_not_in_review')
      given.when(reject).thenRefused('payment_not_in_review')
      // An order that ends asks without knowing: that is no error.
      given.when({ ...reject, type: 'WithdrawReview' }).then()
    }
    spec.given().when({ type: 'ApproveReview' }).thenRefused('payment_not_found')
    spec.given().when(reject).thenRefused('payment_not_found')
  })
  it('is not rejected with a card number as the reason', () => {
    spec
      .given(requested, held)
      .when({ ...reject, reason: 'card 4242 4242 4242 4242' })
      .thenRefused('card_number_rejected')
  })
})
