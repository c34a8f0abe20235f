import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.fixture.ts'
import { review } from './aggregate.ts'
import type { ReviewEvent } from './events.ts'
import { withoutPersonalData } from './redact.ts'

const purchase = { orderId: 'ord_1', customerId: 'cus_1', sku: 'MUG' }
const spec = specification(review, { id: 'rev_1' })
const submit = { type: 'SubmitReview', ...purchase, rating: 5, text: 'Mine.', ordered: true, delivered: true }
const requested: ReviewEvent = { type: 'ReviewRequested', data: { ...purchase, productName: 'Mug' } }
const submitted: ReviewEvent = { type: 'ReviewSubmitted', data: { ...purchase, rating: 5, text: 'Mine.' } }

describe('what a review causes', () => {
  it('a request is mailed to the buyer', () => {
    const { effects } = spec
      .given()
      .when({ type: 'RequestReview', ...purchase, productName: 'Mug' })
      .then(requested)
    expect(effects).toEqual([
      {
        type: 'call',
        port: 'mailer',
        operation: 'send',
        input: {
          customerId: 'cus_1',
          template: 'review_request',
          variables: { productName: 'Mug', orderId: 'ord_1', sku: 'MUG' },
        },
      },
    ])
  })
  it('a review earns points, which are named by it so that they are given once', () => {
    const { effects } = spec.given(requested).when(review.command.parse(submit)).then(submitted)
    expect(effects).toEqual([
      {
        type: 'commands',
        stopAtRefusal: true,
        steps: [
          {
            to: { kind: 'customer', id: 'cus_1' },
            command: { type: 'EarnBonusPoints', reviewId: 'rev_1', orderId: 'ord_1' },
          },
        ],
      },
    ])
  })
  it('nothing goes out for a request that comes after the review', () => {
    const { effects } = spec
      .given(submitted)
      .when({ type: 'RequestReview', ...purchase, productName: 'Mug' })
      .then()
    expect(effects).toEqual([])
  })
  it('nothing goes out for an erasure', () => {
    const { effects } = spec.given(submitted).when({ type: 'ErasePersonalData' })
    expect(effects).toEqual([])
  })
})

describe('without personal data', () => {
  it('a review is its stars', () => {
    expect(withoutPersonalData(submitted)).toEqual({
      type: 'ReviewSubmitted',
      data: { ...purchase, rating: 5 },
    })
  })
  it('a request is as it was', () => {
    expect(withoutPersonalData(requested)).toEqual(requested)
  })
  it('an erasure rewrites the whole log', () => {
    expect(review.personalData?.erasedBy).toEqual(['ReviewPersonalDataErased'])
  })
})
