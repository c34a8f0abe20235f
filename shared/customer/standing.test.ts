import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.fixture.ts'
import { customer } from './aggregate.ts'
import { CUSTOMER_ID, registered, standingReport, started, suspended } from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })

describe('SuspendCustomer', () => {
  it('records the reason that was given', () => {
    spec
      .given(started, registered)
      .when({ type: 'SuspendCustomer', reason: 'chargebacks' })
      .then({ type: 'CustomerSuspended', data: { reason: 'chargebacks' } })
    spec.given(started).when({ type: 'SuspendCustomer' }).then(suspended)
  })
  it('changes nothing the second time', () => {
    spec.given(started, suspended).when({ type: 'SuspendCustomer' }).then()
  })
  it('suspends, once', () => {
    const event: CustomerEvent = { type: 'CustomerSuspended', data: { reason: 'fraud' } }
    spec.given(started, registered).when({ type: 'SuspendCustomer', reason: 'fraud' }).then(event)
    spec.given(started, registered, event).when({ type: 'SuspendCustomer' }).then()
  })
})

describe('the standing of a customer', () => {
  const commands = (effects: readonly { type: string }[]) => effects.filter(({ type }) => type === 'commands')

  it('is sent to the order context when tier and segment change', () => {
    const { effects } = spec
      .given(started, registered)
      .when({ type: 'UpdateSpending', orderId: 'o1', delta: 1_500_00 })
    expect(commands(effects)).toEqual([
      standingReport('tier', { tier: 'gold' }),
      standingReport('segment', { tier: 'gold', segment: 'loyal' }),
    ])
  })
  it('is sent to the order context when it ends', () => {
    const suspended = spec.given(started, registered).when({ type: 'SuspendCustomer' })
    expect(commands(suspended.effects)).toEqual([standingReport('status', { status: 'suspended' })])
    const erased = spec.given(started, registered).when({ type: 'EraseCustomer' })
    expect(commands(erased.effects).at(-1)).toEqual(standingReport('status', { status: 'erased' }))
  })
})
