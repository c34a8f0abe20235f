import { describe, expect, it } from 'vitest'
import { asynchronousEffectSchema } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { customerProfileCommand } from '../customer-profile/commands.ts'
import { promotionCommand } from '../promotion/commands.ts'
import { customer } from './aggregate.ts'
import { customerCommand, emailAddressCommand } from './commands.ts'
import { CUSTOMER_ID, registered, started } from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const to = { kind: 'promotion', id: 'STAY-1' }
const offered: CustomerEvent = {
  type: 'RetentionOfferMade',
  data: {
    promotionCode: 'STAY-1',
    percent: 15,
    endsAt: plus(NOW, 14 * DAY),
    consented: true,
    decisions: [],
  },
}
const consenting: CustomerEvent = {
  type: 'CustomerProfileUpdated',
  data: { profile: { name: 'Ada', addresses: [], marketingConsent: true }, changed: ['marketingConsent'] },
}

describe('what is sent', () => {
  const all = [
    spec.given().when({ type: 'RegisterCustomer', email: 'a@b.example', emailHash: 'h', name: 'Ada' }),
    spec.given(started).when({ type: 'VerifyEmail', token: 'token(verification/1)' }),
    spec.given(started, registered).when({ type: 'StartSession' }),
    spec.given(started, registered).when({ type: 'ReviewSegment' }, { now: plus(NOW, 60 * DAY) }),
    spec.given(started, registered, consenting, offered).when({
      type: 'RecordRetentionPromotion',
      promotionCode: 'STAY-1',
      outcome: [{ ok: true, to, version: 1, events: [] }],
    }),
    spec.given(started, registered).when({ type: 'EraseCustomer' }),
  ].flatMap(({ effects }) =>
    effects
      .filter(({ type }) => type === 'call' || type === 'commands')
      .map((effect) => asynchronousEffectSchema.parse(effect)),
  )

  it('is what the receivers take', () => {
    const receivers = new Map<string, { parse(command: unknown): unknown }>([
      ['email_address', emailAddressCommand],
      ['promotion', promotionCommand],
      ['customer_profile', customerProfileCommand],
    ])
    for (const effect of all) {
      if (effect.type !== 'commands') continue
      for (const { to, command } of effect.steps)
        expect(receivers.get(to.kind)?.parse(command)).toEqual(command)
    }
  })
  it('comes back as commands that the customer takes', () => {
    const value = { RecordPersonalDataSwept: { erased: 1, open: 0 } }
    const replies = all.flatMap(({ type, reply }) => {
      if (!reply) return []
      const answer = reply.type === 'RecordPersonalDataSwept' ? value[reply.type] : { messageId: 'm' }
      return [{ ...reply, outcome: type === 'commands' ? [] : { ok: true, value: answer } }]
    })
    expect(replies).toHaveLength(6)
    for (const reply of replies) expect(customerCommand.parse(reply)).toEqual(reply)
  })
})
