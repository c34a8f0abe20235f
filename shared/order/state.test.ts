import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { order } from './aggregate.ts'
import type { OrderEvent } from './events.ts'
import {
  cancellationRequested,
  charging,
  completed,
  created,
  declined,
  delivered,
  deliveryCancelled,
  ended,
  paymentStarted,
  requested,
  scheduled,
  sentBack,
  sold,
  spec,
  stockCommitted,
  underReview,
  underWay,
  unpaid,
} from './order.fixture.ts'
import { settled } from './state.ts'

const isSettled = (history: readonly OrderEvent[]) => {
  const state = spec.fold(history)
  return state !== null && settled(state)
}

describe('an order has settled for now', () => {
  it.each([
    ['when it waits for a payment method', unpaid],
    ['when a payment failed', declined],
    ['when an operator has to look at its payment', underReview],
    ['when its delivery is booked', scheduled],
    ['when its delivery was called off', [...scheduled, deliveryCancelled]],
    ['when it is on its way', underWay],
    ['when it is over', [...underWay, delivered, completed]],
    ['when it was cancelled', ended],
    ['when it was returned', sentBack],
  ])('%s', (_, history) => {
    expect(isSettled(history)).toBe(true)
  })
})

describe('an order has not settled', () => {
  it.each([
    ['while it is pending', [created()]],
    ['while it is charged', charging],
    ['while another payment is tried', [...declined, paymentStarted({ paymentId: 'pay_2', attempt: 2 })]],
    ['while its stock is taken', sold],
    ['while a delivery is asked for', [...sold, stockCommitted, ...requested.slice(-1)]],
    ['while a cancellation waits for the delivery', [...scheduled, cancellationRequested]],
  ])('%s', (_, history) => {
    expect(isSettled(history)).toBe(false)
  })
})

it('begins with its creation', () => {
  expect(() => order.evolve(null, stockCommitted, NOW)).toThrow(/first event/)
})
