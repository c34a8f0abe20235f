import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import type { CustomerCommandOf } from './commands.ts'
import { CUSTOMER_ID, registered, standingReport, started, WELCOME_CODE } from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const welcomeIssued: CustomerEvent = { type: 'WelcomePromotionIssued', data: { promotionCode: WELCOME_CODE } }
const welcomeSent: CustomerEvent = { type: 'WelcomeEmailSent', data: { promotionCode: WELCOME_CODE } }
const taken = { ok: true, value: { messageId: 'm' } } as const
const refused = { ok: false, refusal: { code: 'mailbox_unknown', detail: 'No such mailbox.' } } as const

describe('RecordWelcomePromotion', () => {
  const to = { kind: 'promotion', id: WELCOME_CODE }
  const command: CustomerCommandOf<'RecordWelcomePromotion'> = {
    type: 'RecordWelcomePromotion',
    promotionCode: WELCOME_CODE,
    outcome: [{ ok: true, to, version: 1, events: [] }],
  }

  it('records that the promotion exists', () => {
    spec.given(started, registered).when(command).then(welcomeIssued)
  })
  it('records it once', () => {
    spec.given(started, registered, welcomeIssued).when(command).then()
  })
  it('records nothing for a code other than that of the registration', () => {
    spec
      .given(started, registered)
      .when({ ...command, promotionCode: 'SPRING' })
      .then()
    spec.given(started).when(command).then()
  })
  it('is refused when the promotion was, so that an operator is notified', () => {
    const refusal = { code: 'promotion_exists', detail: 'There is one.' }
    const { decision } = spec
      .given(started, registered)
      .when({ ...command, outcome: [{ ok: false, to, refusal }] })
      .thenRefused('welcome_promotion_refused')
    expect(decision.refusal?.facts).toEqual({ refusal })
  })
})

describe('RecordWelcomeSent', () => {
  const record = { type: 'RecordWelcomeSent', promotionCode: WELCOME_CODE, outcome: taken } as const

  it('records that the mailer accepted the mail', () => {
    spec.given(started, registered, welcomeIssued).when(record).then(welcomeSent)
  })
  it('records it once', () => {
    spec.given(started, registered, welcomeIssued, welcomeSent).when(record).then()
  })
  it('records nothing when the mailer refused, or for another code', () => {
    spec
      .given(started, registered, welcomeIssued)
      .when({ ...record, outcome: refused })
      .then()
    spec
      .given(started, registered, welcomeIssued)
      .when({ ...record, promotionCode: 'SPRING' })
      .then()
  })
})

describe('a registered customer', () => {
  it('gets a personal promotion, before any mail', () => {
    const { effects } = spec.given(started).when({ type: 'VerifyEmail', token: 'token(verification/1)' })
    expect(effects.filter(({ type }) => type !== 'timer' && type !== 'cancelTimer')).toEqual([
      {
        type: 'commands',
        stopAtRefusal: true,
        steps: [
          {
            to: { kind: 'promotion', id: WELCOME_CODE },
            command: {
              type: 'CreatePromotion',
              code: WELCOME_CODE,
              gift: { kind: 'percentage', value: { percent: 10 } },
              class: 'order',
              combinesWith: [],
              conditions: { firstOrderOnly: true },
              endsAt: plus(NOW, 30 * DAY),
              usageLimit: 1,
              perCustomerLimit: 1,
              customerId: CUSTOMER_ID,
            },
          },
        ],
        reply: { type: 'RecordWelcomePromotion', promotionCode: WELCOME_CODE },
      },
      standingReport('all'),
      {
        type: 'commands',
        stopAtRefusal: true,
        steps: [
          {
            to: { kind: 'email_address', id: 'h' },
            command: { type: 'ConfirmEmailAddress', customerId: CUSTOMER_ID, since: NOW },
          },
        ],
      },
    ])
  })
  it('gets the welcome mail once the promotion exists', () => {
    const to = { kind: 'promotion', id: WELCOME_CODE }
    const { effects } = spec.given(started, registered).when({
      type: 'RecordWelcomePromotion',
      promotionCode: WELCOME_CODE,
      outcome: [{ ok: true, to, version: 1, events: [] }],
    })
    expect(effects).toEqual([
      {
        type: 'call',
        port: 'mailer',
        operation: 'send',
        input: {
          customerId: CUSTOMER_ID,
          template: 'welcome',
          variables: { name: 'Ada', promotionCode: WELCOME_CODE },
        },
        reply: { type: 'RecordWelcomeSent', promotionCode: WELCOME_CODE },
      },
    ])
  })
})
