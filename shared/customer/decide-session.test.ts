import { describe, expect, it } from 'vitest'
import { NOW, specification, specificationContext } from '../core/specification.ts'
import { MINUTE, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import type { CustomerEvent } from './events.ts'
import { CUSTOMER_ID, codeRequested, registered, started, suspended } from './examples.ts'

const spec = specification(customer, { id: CUSTOMER_ID })

function rejected(...attempts: number[]): CustomerEvent[] {
  return attempts.map((attempt) => ({ type: 'LogInCodeRejected', data: { attempt } }))
}

describe('StartSession', () => {
  const start = { type: 'StartSession' } as const

  it('makes a code of 6 digits that works for 10 minutes', () => {
    const digits = specificationContext().secrets.digits('log-in/3')
    expect(digits).toMatch(/^\d{6}$/)
    spec
      .given(started, registered)
      .when(start)
      .then({
        type: 'LogInCodeRequested',
        data: {
          secretLabel: 'log-in/3',
          secretHash: `hash(${digits})`,
          expiresAt: plus(NOW, 10 * MINUTE),
        },
      })
  })
  it('takes the place of an open code', () => {
    const { state } = spec.given(started, registered, codeRequested, ...rejected(1, 2)).when(start)
    expect(state?.logIn).toMatchObject({ secretLabel: 'log-in/6', rejected: 0 })
  })
  it('is refused after ten codes within an hour, so that nobody can guess on and on', () => {
    const ten = Array.from({ length: 10 }, () => codeRequested)
    spec
      .given(started, registered, ...ten)
      .when(start)
      .thenRefused('too_many_codes')
    spec
      .given(started, registered, ...ten)
      .when(start, { now: plus(NOW, 60 * MINUTE) })
      .thenTypes('LogInCodeRequested')
  })
  it('is refused before the address is verified', () => {
    spec.given(started).when(start).thenRefused('customer_not_active')
  })
  it('is refused for a suspended customer', () => {
    spec.given(started, registered, suspended).when(start).thenRefused('customer_suspended')
  })
})

describe('CompleteSession', () => {
  const right = { type: 'CompleteSession', code: '123456' } as const
  const wrong = { type: 'CompleteSession', code: '654321' } as const
  const open = [started, registered, codeRequested] as const

  it('logs in with the code, and spends it', () => {
    const { state } = spec
      .given(...open)
      .when(right)
      .then({ type: 'CustomerLoggedIn', data: {} })
    expect(state?.logIn).toBeUndefined()
  })
  it('is refused when no code is open', () => {
    spec.given(started, registered).when(right).thenRefused('code_invalid')
    spec
      .given(...open, { type: 'CustomerLoggedIn', data: {} })
      .when(right)
      .thenRefused('code_invalid')
    spec.given(started).when(right).thenRefused('code_invalid')
  })
  it('is refused with a wrong code, which is recorded', () => {
    const { decision } = spec
      .given(...open)
      .when(wrong)
      .thenRefused('code_wrong', ...rejected(1))
    expect(decision.refusal?.facts).toEqual({ triesLeft: 4 })
    spec
      .given(...open, ...rejected(1, 2, 3, 4))
      .when(wrong)
      .thenRefused('code_wrong', ...rejected(5))
  })
  it('still logs in at the fifth try', () => {
    spec
      .given(...open, ...rejected(1, 2, 3, 4))
      .when(right)
      .thenTypes('CustomerLoggedIn')
  })
  it('is refused after five wrong tries, right or wrong', () => {
    const exhausted = spec.given(...open, ...rejected(1, 2, 3, 4, 5))
    exhausted.when(right).thenRefused('code_exhausted')
    exhausted.when(wrong).thenRefused('code_exhausted')
  })
  it('is refused after 10 minutes', () => {
    spec
      .given(...open)
      .when(right, { now: plus(NOW, 10 * MINUTE) })
      .thenRefused('code_expired')
    spec
      .given(...open)
      .when(right, { now: plus(NOW, 10 * MINUTE - 1) })
      .thenTypes('CustomerLoggedIn')
  })
  it('is refused for a customer who was suspended meanwhile', () => {
    spec
      .given(...open, suspended)
      .when(right)
      .thenRefused('customer_suspended')
  })
})
