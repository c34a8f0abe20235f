import { describe, expect, it } from 'vitest'
import { NOW, specification, specificationContext } from '../core/specification.fixture.ts'
import { MINUTE, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import { CUSTOMER_ID, codeRequested, registered, started, suspended } from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })

/** As the first release wrote it. */
const rejected: CustomerEvent = { type: 'LogInCodeRejected', data: { attempt: 5 } }
const second: CustomerEvent = {
  type: 'LogInCodeRequested',
  data: { secretLabel: 'log-in/4', secretHash: 'hash(222222)', expiresAt: plus(NOW, 15 * MINUTE) },
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
  it('stands beside the codes that are open', () => {
    const { state } = spec.given(started, registered, codeRequested).when(start)
    expect(state?.logIns.map(({ secretLabel }) => secretLabel)).toEqual(['log-in/3', 'log-in/4'])
  })
  it('is refused after three codes within an hour: more mails to one address would be a flood', () => {
    const three = Array.from({ length: 3 }, () => codeRequested)
    spec
      .given(started, registered, ...three)
      .when(start)
      .thenRefused('too_many_codes')
    spec
      .given(started, registered, ...three)
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
    expect(state?.logIns).toEqual([])
  })
  it('logs in with any code that is open, so that a stranger who asks for one ends none', () => {
    const other = { ...right, code: '222222' }
    for (const command of [right, other])
      spec
        .given(...open, second)
        .when(command)
        .thenTypes('CustomerLoggedIn')
  })
  it('is refused alike when no code is open, with a wrong one, and with one that is used', () => {
    spec.given(started, registered).when(right).thenRefused('code_wrong')
    spec
      .given(...open)
      .when(wrong)
      .thenRefused('code_wrong')
    spec
      .given(...open, second, { type: 'CustomerLoggedIn', data: {} })
      .when(right)
      .thenRefused('code_wrong')
    spec.given(started).when(right).thenRefused('code_wrong')
  })
  it('says the same of each, word for word', () => {
    const refusals = [
      spec.given(started, registered).when(right),
      spec.given(...open).when(wrong),
      spec.given(...open).when(right, { now: plus(NOW, 10 * MINUTE) }),
      spec.given(...open, suspended).when(right),
    ].map(({ decision }) => decision.refusal)
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1)
  })
  it('is refused after 10 minutes', () => {
    spec
      .given(...open)
      .when(right, { now: plus(NOW, 10 * MINUTE) })
      .thenRefused('code_wrong')
    spec
      .given(...open)
      .when(right, { now: plus(NOW, 10 * MINUTE - 1) })
      .thenTypes('CustomerLoggedIn')
  })
  it('is refused for a customer who was suspended meanwhile', () => {
    spec
      .given(...open, suspended)
      .when(right)
      .thenRefused('code_wrong')
  })
  it('is not ended by tries that the first release counted', () => {
    spec
      .given(...open, rejected)
      .when(right)
      .thenTypes('CustomerLoggedIn')
  })
})

describe('a log-in code', () => {
  it('is mailed as digits', () => {
    const { effects } = spec.given(started, registered).when({ type: 'StartSession' })
    expect(effects).toEqual([
      {
        type: 'call',
        port: 'mailer',
        operation: 'send',
        input: {
          customerId: CUSTOMER_ID,
          template: 'log_in_code',
          variables: {},
          secret: { as: 'code', form: 'digits', label: 'log-in/3' },
        },
      },
    ])
  })
})

describe('a log-in', () => {
  it('causes nothing', () => {
    const { effects } = spec
      .given(started, registered, codeRequested)
      .when({ type: 'CompleteSession', code: '123456' })
    expect(effects).toEqual([])
  })
})
