import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW, specification, specificationContext } from '../core/specification.ts'
import { MINUTE, plus, SECOND } from '../core/time.ts'
import type { EmailAddressCommand } from './commands.ts'
import { emailAddress } from './email-address-aggregate.ts'
import { decide } from './email-address-decide.ts'
import type { EmailAddressEvent } from './email-address-events.ts'
import { type EmailAddress, evolve } from './email-address-state.ts'

const spec = specification(emailAddress, { id: 'hash' })
const confirmBy = plus(NOW, MINUTE)
const claim = (customerId: string) => ({ type: 'ClaimEmailAddress', customerId }) as const
const confirm = (customerId: string) => ({ type: 'ConfirmEmailAddress', customerId }) as const
const release = (customerId: string) => ({ type: 'ReleaseEmailAddress', customerId }) as const
const lapse = (customerId: string) => ({ type: 'LapseEmailAddressClaim', customerId }) as const
const claimed = (customerId: string, by = confirmBy): EmailAddressEvent => ({
  type: 'EmailAddressClaimed',
  data: { customerId, confirmBy: by },
})
const confirmed = (customerId: string): EmailAddressEvent => ({
  type: 'EmailAddressConfirmed',
  data: { customerId },
})
const released = (customerId: string, reason: 'given_up' | 'claim_lapsed'): EmailAddressEvent => ({
  type: 'EmailAddressReleased',
  data: { customerId, reason },
})

describe('ClaimEmailAddress', () => {
  it('holds a free address for a minute', () => {
    const { effects } = spec.given().when(claim('ada')).then(claimed('ada'))
    expect(effects).toEqual([{ type: 'timer', id: 'lapse', at: confirmBy, command: lapse('ada') }])
    spec.given(claimed('bob'), released('bob', 'given_up')).when(claim('ada')).then(claimed('ada'))
  })
  it('is refused while another customer holds it', () => {
    spec.given(claimed('bob')).when(claim('ada')).thenRefused('email_taken')
    spec
      .given(claimed('bob'))
      .when(claim('ada'), { now: plus(confirmBy, -1) })
      .thenRefused('email_taken')
    spec.given(claimed('bob'), confirmed('bob')).when(claim('ada')).thenRefused('email_taken')
    spec
      .given(claimed('bob'), confirmed('bob'))
      .when(claim('ada'), { now: confirmBy })
      .thenRefused('email_taken')
  })
  it('changes nothing for the customer who holds it', () => {
    spec.given(claimed('ada')).when(claim('ada')).then()
    spec.given(claimed('ada'), confirmed('ada')).when(claim('ada')).then()
  })
  it('takes over a claim that has run out, also before its timer has fired', () => {
    const { effects } = spec
      .given(claimed('bob'))
      .when(claim('ada'), { now: confirmBy })
      .then(released('bob', 'claim_lapsed'), claimed('ada', plus(confirmBy, MINUTE)))
    expect(effects.at(-1)).toMatchObject({
      type: 'timer',
      at: plus(confirmBy, MINUTE),
      command: lapse('ada'),
    })
    spec
      .given(claimed('ada'))
      .when(claim('ada'), { now: confirmBy })
      .then(released('ada', 'claim_lapsed'), claimed('ada', plus(confirmBy, MINUTE)))
  })
})

describe('ConfirmEmailAddress', () => {
  it('keeps the address for good', () => {
    const { effects } = spec.given(claimed('ada')).when(confirm('ada')).then(confirmed('ada'))
    expect(effects).toEqual([{ type: 'cancelTimer', id: 'lapse' }])
  })
  it('changes nothing the second time', () => {
    spec.given(claimed('ada'), confirmed('ada')).when(confirm('ada')).then()
  })
  it('is in time as long as nobody else has the address', () => {
    spec
      .given(claimed('ada'))
      .when(confirm('ada'), { now: plus(confirmBy, MINUTE) })
      .then(confirmed('ada'))
    spec.given(claimed('ada'), released('ada', 'claim_lapsed')).when(confirm('ada')).then(confirmed('ada'))
    spec.given().when(confirm('ada')).then(confirmed('ada'))
    spec
      .given(claimed('bob'))
      .when(confirm('ada'), { now: confirmBy })
      .then(released('bob', 'claim_lapsed'), confirmed('ada'))
  })
  it('is refused when another customer has the address', () => {
    spec.given(claimed('bob')).when(confirm('ada')).thenRefused('email_taken')
    spec.given(claimed('bob'), confirmed('bob')).when(confirm('ada')).thenRefused('email_taken')
  })
})

describe('ReleaseEmailAddress', () => {
  it('frees an address, claimed or confirmed', () => {
    const { effects } = spec.given(claimed('ada')).when(release('ada')).then(released('ada', 'given_up'))
    expect(effects).toEqual([{ type: 'cancelTimer', id: 'lapse' }])
    spec.given(claimed('ada'), confirmed('ada')).when(release('ada')).then(released('ada', 'given_up'))
  })
  it('changes nothing for an address that is not theirs', () => {
    spec.given(claimed('ada'), released('ada', 'given_up')).when(release('ada')).then()
    spec.given(claimed('bob'), confirmed('bob')).when(release('ada')).then()
  })
  it('is refused for an address that nobody ever claimed', () => {
    spec.given().when(release('ada')).thenRefused('email_not_claimed')
  })
  it('outruns a confirmation that is still on its way, and no claim that comes later', () => {
    const given = [claimed('ada'), released('ada', 'given_up')] as const
    spec
      .given(...given)
      .when(confirm('ada'))
      .then()
    spec
      .given(...given)
      .when(confirm('bob'))
      .then(confirmed('bob'))
    spec
      .given(...given, claimed('ada'))
      .when(confirm('ada'))
      .then(confirmed('ada'))
  })
})

describe('LapseEmailAddressClaim', () => {
  it('frees an address that was not confirmed in time', () => {
    spec.given(claimed('ada')).when(lapse('ada'), { now: confirmBy }).then(released('ada', 'claim_lapsed'))
  })
  it('changes nothing before its time, once confirmed, or for another claim', () => {
    spec
      .given(claimed('ada'))
      .when(lapse('ada'), { now: plus(confirmBy, -1) })
      .then()
    spec.given(claimed('ada'), confirmed('ada')).when(lapse('ada'), { now: confirmBy }).then()
    spec.given(claimed('bob')).when(lapse('ada'), { now: confirmBy }).then()
    spec.given().when(lapse('ada')).thenRefused('email_not_claimed')
  })
})

describe('an address, whatever happens', () => {
  const command = fc
    .tuple(fc.constantFrom(claim, confirm, release, lapse), fc.constantFrom('ada', 'bob', 'cy'))
    .map(([make, customerId]): EmailAddressCommand => make(customerId))
  const course = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 90 })), { maxLength: 40 })

  it('goes from one customer to another only by way of being free', () => {
    fc.assert(
      fc.property(course, (steps) => {
        let state: EmailAddress | null = null
        let now = NOW
        let holder: string | null = null
        for (const [step, seconds] of steps) {
          now = plus(now, seconds * SECOND)
          const { events } = decide(step, state, specificationContext({ now }))
          for (const event of events) {
            if (event.type === 'EmailAddressReleased') {
              expect(event.data.customerId).toBe(holder)
              holder = null
            } else {
              expect([null, event.data.customerId]).toContain(holder)
              holder = event.data.customerId
            }
            state = evolve(state, event)
          }
        }
      }),
    )
  })
})
