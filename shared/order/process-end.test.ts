import { describe, expect, it } from 'vitest'
import {
  cancellationRequested,
  cancelled,
  charging,
  claiming,
  created,
  declined,
  refunded,
  returned,
  scheduled,
  sold,
  underWay,
  unpaid,
} from './order.fixture.ts'
import {
  effectsOf,
  noHold,
  orderCancelledMail,
  refund,
  release,
  releaseUse,
  restock,
  restorePoints,
} from './process.fixture.ts'

describe('a cancelled order gives back', () => {
  it('nothing of what it has not got', () => {
    expect(effectsOf(created(), cancelled())).toEqual([noHold, orderCancelledMail])
  })
  it('every claim, answered or not', () => {
    expect(effectsOf(created(claiming), cancelled())).toEqual([
      noHold,
      releaseUse('TEN', 'customer_request'),
      releaseUse('FIVE', 'customer_request'),
      restorePoints,
      orderCancelledMail,
    ])
  })
  it('its hold', () => {
    for (const given of [charging, declined, unpaid])
      expect(effectsOf(...given, cancelled())).toEqual([
        noHold,
        release('customer_request'),
        orderCancelledMail,
      ])
  })
  it('its money, and stock that may be committed just now', () => {
    expect(effectsOf(...sold, cancelled())).toEqual([
      noHold,
      release('customer_request'),
      refund('customer_request'),
      orderCancelledMail,
    ])
  })
  it('stock that was committed, naming what to put back where', () => {
    expect(effectsOf(...scheduled, cancellationRequested, cancelled())).toEqual([
      noHold,
      restock('customer_request'),
      refund('customer_request'),
      orderCancelledMail,
    ])
  })
  it('what a partial refund has left, but nothing after a full one', () => {
    expect(effectsOf(...sold, refunded(250), cancelled())).toContainEqual(refund('customer_request'))
    expect(effectsOf(...sold, refunded(2_250), cancelled())).not.toContainEqual(refund('customer_request'))
  })
})

describe('a returned order', () => {
  it('gives back stock and money', () => {
    expect(effectsOf(...underWay, returned)).toEqual([
      noHold,
      restock('delivery_failed'),
      refund('delivery_failed'),
    ])
  })
})
