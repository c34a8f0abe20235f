import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivedId } from '../core/ids.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { review } from './aggregate.ts'
import { type ReviewCommand, reviewCommand, reviewIdOf } from './commands.ts'
import type { ReviewEvent } from './events.ts'

const ORDER_ID = 'ord_00000000-0000-7000-8000-00000000000a'
const CUSTOMER_ID = 'cus_00000000-0000-7000-8000-00000000000b'
const REVIEW_ID = reviewIdOf(ORDER_ID, 'MUG')
const purchase = { orderId: ORDER_ID, customerId: CUSTOMER_ID, sku: 'MUG' }
const spec = specification(review, { id: REVIEW_ID })

const request = { type: 'RequestReview', ...purchase, productName: 'Mug' } as const
const submit = {
  type: 'SubmitReview',
  ...purchase,
  rating: 4,
  text: 'Holds tea.',
  ordered: true,
  delivered: true,
} as const satisfies ReviewCommand
const erase = { type: 'ErasePersonalData' } as const

const requested: ReviewEvent = { type: 'ReviewRequested', data: { ...purchase, productName: 'Mug' } }
const submitted: ReviewEvent = {
  type: 'ReviewSubmitted',
  data: { ...purchase, rating: 4, text: 'Holds tea.' },
}
const erased: ReviewEvent = { type: 'ReviewPersonalDataErased', data: purchase }

describe('RequestReview', () => {
  it('asks the buyer', () => {
    spec.given().when(request).then(requested)
  })
  it('asks once', () => {
    spec.given(requested).when(request).then()
  })
  it('does not ask who has written already', () => {
    spec.given(submitted).when(request).then()
  })
})

describe('SubmitReview', () => {
  it('answers the request', () => {
    spec.given(requested).when(submit).then(submitted)
  })
  it('may come unasked', () => {
    const { state } = spec.given().when(submit).then(submitted)
    expect(state).toMatchObject({ status: 'submitted', rating: 4, text: 'Holds tea.' })
  })
  it('may be stars alone', () => {
    const { text: _, ...stars } = submit
    spec
      .given()
      .when(stars)
      .then({ type: 'ReviewSubmitted', data: { ...purchase, rating: 4 } })
  })
  it('is taken once, and the second answer names the first review', () => {
    const { decision } = spec.given(submitted).when(submit).thenRefused('review_exists')
    expect(decision.refusal?.facts).toEqual({ reviewId: REVIEW_ID })
  })
  it('is refused for what was not bought', () => {
    spec
      .given()
      .when({ ...submit, ordered: false, delivered: false })
      .thenRefused('not_in_order')
  })
  it('is refused for what has not arrived', () => {
    spec
      .given()
      .when({ ...submit, delivered: false })
      .thenRefused('not_delivered')
  })
  it('is refused for what went back after the request', () => {
    spec
      .given(requested)
      .when({ ...submit, delivered: false })
      .thenRefused('not_delivered')
  })
  it('is for the buyer alone', () => {
    spec
      .given(requested)
      .when({ ...submit, customerId: 'cus_other' })
      .thenRefused('review_not_found')
  })
  it('is refused once the buyer is forgotten', () => {
    spec.given(requested, erased).when(submit).thenRefused('review_closed')
    spec
      .given()
      .when({ ...submit, buyerErased: true })
      .thenRefused('review_closed')
  })

  it.each([0, 6, 4.5])('does not take %s stars', (rating) => {
    expect(reviewCommand.safeParse({ ...submit, rating }).success).toBe(false)
  })
  it.each([
    [5_000, true],
    [5_001, false],
  ])('with a text of %i characters: %s', (length, taken) => {
    expect(reviewCommand.safeParse({ ...submit, text: 'x'.repeat(length) }).success).toBe(taken)
  })
  it('does not take a text of nothing but space', () => {
    expect(reviewCommand.safeParse({ ...submit, text: ' \n ' }).success).toBe(false)
  })
})

describe('ErasePersonalData', () => {
  it('takes the words and leaves the stars', () => {
    const { state } = spec.given(requested, submitted).when(erase).then(erased)
    expect(state).toEqual({ ...purchase, status: 'submitted', rating: 4, submittedAt: NOW, erased: true })
  })
  it('closes a request', () => {
    const { state } = spec.given(requested).when(erase).then(erased)
    expect(state).toMatchObject({ status: 'requested', erased: true })
  })
  it('changes nothing the second time', () => {
    spec.given(submitted, erased).when(erase).then()
  })
  it('is refused where there is no review', () => {
    spec.given().when(erase).thenRefused('review_not_found')
  })
})

describe('a review', () => {
  it('has an id that follows from order and SKU', () => {
    expect(REVIEW_ID).toBe(derivedId('rev', ORDER_ID, 'MUG'))
    expect(REVIEW_ID).not.toBe(reviewIdOf(ORDER_ID, 'CUP'))
  })
  it('cannot begin with its erasure', () => {
    expect(() => spec.given(erased)).toThrow('first event')
  })
})

describe('whatever comes, and however often', () => {
  const commands = fc.constantFrom<ReviewCommand>(
    request,
    submit,
    { ...submit, rating: 1 },
    { ...submit, delivered: false },
    { ...submit, customerId: 'cus_other' },
    erase,
  )

  it('a buyer is asked once at most, writes once at most, and is not quoted once forgotten', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 12 }), (sequence) => {
        const events: ReviewEvent[] = []
        for (const command of sequence) events.push(...spec.given(...events).when(command).decision.events)
        const count = (type: ReviewEvent['type']) => events.filter((event) => event.type === type).length
        expect(count('ReviewRequested')).toBeLessThanOrEqual(1)
        expect(count('ReviewSubmitted')).toBeLessThanOrEqual(1)
        expect(count('ReviewPersonalDataErased')).toBeLessThanOrEqual(1)
        const { state } = spec.given(...events)
        if (state?.erased) {
          expect(state).not.toHaveProperty('text')
          expect(events.at(-1)?.type).toBe('ReviewPersonalDataErased')
        }
      }),
    )
  })
})
