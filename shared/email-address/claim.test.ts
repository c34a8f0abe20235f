import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW, specification, specificationContext } from '../core/specification.fixture.ts'
import { DAY, HOUR, type Instant, MINUTE, plus } from '../core/time.ts'
import type { EmailAddressCommand } from '../customer/commands.ts'
import { emailAddress } from './aggregate.ts'
import { decide, evolve } from './claim.ts'
import type { EmailAddressEvent } from './events.ts'
import type { EmailAddress } from './state.ts'

const spec = specification(emailAddress, { id: 'hash' })
const confirmBy = plus(NOW, 7 * DAY)
const LATER = plus(NOW, HOUR)
const claim = (customerId: string, since: Instant = NOW) =>
  ({ type: 'ClaimEmailAddress', customerId, since, until: plus(since, 7 * DAY) }) as const
const confirm = (customerId: string, since: Instant = NOW) =>
  ({ type: 'ConfirmEmailAddress', customerId, since }) as const
const release = (customerId: string) => ({ type: 'ReleaseEmailAddress', customerId }) as const
const supersede = (customerId: string) => ({ type: 'SupersedeEmailAddressClaim', customerId }) as const
const lapse = (customerId: string) => ({ type: 'LapseEmailAddressClaim', customerId }) as const
const claimed = (customerId: string, since: Instant = NOW): EmailAddressEvent => ({
  type: 'EmailAddressClaimed',
  data: { customerId, confirmBy: plus(since, 7 * DAY), since },
})
const confirmed = (customerId: string, verified = true): EmailAddressEvent => ({
  type: 'EmailAddressConfirmed',
  data: { customerId, verified },
})
const released = (
  customerId: string,
  reason: 'given_up' | 'claim_lapsed' | 'superseded',
): EmailAddressEvent => ({ type: 'EmailAddressReleased', data: { customerId, reason } })

describe('ClaimEmailAddress', () => {
  it('holds a free address as long as the token works', () => {
    const { effects } = spec.given().when(claim('ada')).then(claimed('ada'))
    expect(effects).toEqual([{ type: 'timer', id: 'lapse', at: confirmBy, command: lapse('ada') }])
    spec.given(claimed('bob'), released('bob', 'given_up')).when(claim('ada')).then(claimed('ada'))
  })
  it('takes the address from an earlier unverified registration, which is notified', () => {
    const { effects } = spec
      .given(claimed('bob'))
      .when(claim('ada', LATER))
      .then(released('bob', 'superseded'), claimed('ada', LATER))
    expect(effects).toContainEqual({
      type: 'commands',
      stopAtRefusal: true,
      steps: [{ to: { kind: 'customer', id: 'bob' }, command: { type: 'SupersedeRegistration' } }],
    })
    expect(effects.at(-1)).toMatchObject({ type: 'timer', at: plus(LATER, 7 * DAY), command: lapse('ada') })
  })
  it('is refused for a registration that is not the newest, in whatever order claims come', () => {
    spec.given(claimed('bob', LATER)).when(claim('ada')).thenRefused('registration_superseded')
    // Of two in one millisecond the same one is the newest either way round.
    spec.given(claimed('bob')).when(claim('ada')).thenRefused('registration_superseded')
    spec.given(claimed('ada')).when(claim('bob')).then(released('ada', 'superseded'), claimed('bob'))
  })
  it('is refused once another customer has verified the address', () => {
    spec.given(claimed('bob'), confirmed('bob')).when(claim('ada', LATER)).thenRefused('email_taken')
    spec.given(confirmed('bob', false)).when(claim('ada', LATER)).thenRefused('email_taken')
  })
  it('changes nothing for the customer who holds it, but for a token that works longer', () => {
    spec.given(claimed('ada')).when(claim('ada')).then()
    spec.given(claimed('ada'), confirmed('ada')).when(claim('ada')).then()
    const extended = { ...claim('ada'), until: plus(LATER, 7 * DAY) }
    const { effects } = spec.given(claimed('ada')).when(extended).thenTypes('EmailAddressClaimed')
    expect(effects).toMatchObject([{ type: 'timer', at: extended.until }])
  })
  it('takes over a claim that has run out, also before its timer has fired', () => {
    const { effects } = spec
      .given(claimed('bob'))
      .when(claim('ada', confirmBy), { now: confirmBy })
      .then(released('bob', 'claim_lapsed'), claimed('ada', confirmBy))
    expect(effects.map(({ type }) => type)).not.toContain('commands')
  })
})

describe('ConfirmEmailAddress', () => {
  it('keeps the address permanently', () => {
    const { effects } = spec.given(claimed('ada')).when(confirm('ada')).then(confirmed('ada'))
    expect(effects).toEqual([{ type: 'cancelTimer', id: 'lapse' }])
  })
  it('changes nothing the second time', () => {
    spec.given(claimed('ada'), confirmed('ada')).when(confirm('ada')).then()
  })
  it('notifies a registration of the first release that it is verified', () => {
    spec.given(confirmed('ada', false)).when(confirm('ada')).then(confirmed('ada'))
    spec.given().when({ type: 'ConfirmEmailAddress', customerId: 'ada' }).then(confirmed('ada', false))
  })
  it('is in time while no other registration has the address', () => {
    spec
      .given(claimed('ada'))
      .when(confirm('ada'), { now: plus(confirmBy, MINUTE) })
      .then(confirmed('ada'))
    spec.given(claimed('ada'), released('ada', 'claim_lapsed')).when(confirm('ada')).then(confirmed('ada'))
    spec.given().when(confirm('ada')).then(confirmed('ada'))
  })
  it('outruns the claim of its own registration, and ends an earlier one', () => {
    spec
      .given(claimed('bob'))
      .when(confirm('ada', LATER))
      .then(released('bob', 'superseded'), confirmed('ada'))
  })
  it('is refused when another customer has registered later, or has verified the address', () => {
    spec.given(claimed('bob', LATER)).when(confirm('ada')).thenRefused('registration_superseded')
    spec.given(claimed('bob'), confirmed('bob')).when(confirm('ada', LATER)).thenRefused('email_taken')
  })
})

describe('SupersedeEmailAddressClaim', () => {
  it('frees what a registration of the first release holds, and nothing that was verified', () => {
    spec.given(confirmed('ada', false)).when(supersede('ada')).then(released('ada', 'superseded'))
    spec.given(confirmed('ada')).when(supersede('ada')).then()
    spec.given(confirmed('bob', false)).when(supersede('ada')).then()
    spec.given(claimed('ada')).when(supersede('ada')).then()
    spec.given().when(supersede('ada')).thenRefused('email_not_claimed')
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
  it('is refused for an address that was never claimed', () => {
    spec.given().when(release('ada')).thenRefused('email_not_claimed')
  })
  it('outruns a claim and a confirmation that are still on their way', () => {
    const given = [claimed('ada'), released('ada', 'given_up')] as const
    spec
      .given(...given)
      .when(confirm('ada'))
      .then()
    spec
      .given(...given)
      .when(claim('ada'))
      .then()
    spec
      .given(...given)
      .when(confirm('bob'))
      .then(confirmed('bob'))
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
    .tuple(
      fc.constantFrom(claim, confirm, release, supersede, lapse),
      fc.constantFrom('ada', 'bob', 'cy'),
      fc.integer({ min: 0, max: 20 }),
    )
    .map(([make, customerId, day]): EmailAddressCommand => make(customerId, plus(NOW, day * DAY)))
  const course = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 3 * 24 })), { maxLength: 40 })

  it('is never taken from whoever has verified it', () => {
    fc.assert(
      fc.property(course, (steps) => {
        let state: EmailAddress | null = null
        let now = NOW
        for (const [step, hours] of steps) {
          now = plus(now, hours * HOUR)
          const { events } = decide(step, state, specificationContext({ now }))
          if (state?.status === 'confirmed' && state.verified && step.type !== 'ReleaseEmailAddress')
            expect(events).toEqual([])
          for (const event of events) state = evolve(state, event)
        }
      }),
    )
  })
  it('goes from one customer to another only by way of being free', () => {
    fc.assert(
      fc.property(course, (steps) => {
        let state: EmailAddress | null = null
        let now = NOW
        let holder: string | null = null
        for (const [step, hours] of steps) {
          now = plus(now, hours * HOUR)
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
