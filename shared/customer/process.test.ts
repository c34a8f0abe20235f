import { describe, expect, it } from 'vitest'
import { asynchronousEffectSchema } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.ts'
import { DAY, plus } from '../core/time.ts'
import { promotionCommand } from '../promotion/commands.ts'
import { customer } from './aggregate.ts'
import { customerCommand, emailAddressCommand } from './commands.ts'
import { CUSTOMER_ID, codeRequested, registered, started, WELCOME_CODE } from './examples.ts'

const spec = specification(customer, { id: CUSTOMER_ID })

function verificationMail(secretLabel: string) {
  return {
    type: 'call',
    port: 'mailer',
    operation: 'send',
    input: {
      customerId: CUSTOMER_ID,
      template: 'verification',
      variables: { name: 'Ada', customerId: CUSTOMER_ID },
      secret: { as: 'token', form: 'token', label: secretLabel },
    },
    reply: { type: 'RecordVerificationSent', secretLabel },
  }
}

describe('a registration that has started', () => {
  it('confirms the claim on the address and mails the token', () => {
    const { effects } = spec
      .given()
      .when({ type: 'RegisterCustomer', email: 'ada@example.com', emailHash: 'h', name: 'Ada' })
    expect(effects).toEqual([
      {
        type: 'commands',
        stopAtRefusal: true,
        steps: [
          {
            to: { kind: 'email_address', id: 'h' },
            command: { type: 'ConfirmEmailAddress', customerId: CUSTOMER_ID },
          },
        ],
      },
      verificationMail('verification/1'),
    ])
  })
})

describe('a verification that was asked for again', () => {
  it('mails the new token', () => {
    const { effects } = spec.given(started).when({ type: 'ResendVerification' })
    expect(effects).toEqual([verificationMail('verification/2')])
  })
})

describe('a registered customer', () => {
  it('gets a personal promotion, before any mail', () => {
    const { effects } = spec.given(started).when({ type: 'VerifyEmail', token: 'token(verification/1)' })
    expect(effects).toEqual([
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

describe('any other event', () => {
  it('causes nothing', () => {
    const { effects } = spec
      .given(started, registered, codeRequested)
      .when({ type: 'CompleteSession', code: '123456' })
    expect(effects).toEqual([])
  })
})

describe('what is sent', () => {
  const all = [
    spec.given().when({ type: 'RegisterCustomer', email: 'a@b.example', emailHash: 'h', name: 'Ada' }),
    spec.given(started).when({ type: 'VerifyEmail', token: 'token(verification/1)' }),
    spec.given(started, registered).when({ type: 'StartSession' }),
  ].flatMap(({ effects }) => effects.map((effect) => asynchronousEffectSchema.parse(effect)))

  it('is what the receivers take', () => {
    const receivers = { email_address: emailAddressCommand, promotion: promotionCommand }
    for (const effect of all) {
      if (effect.type !== 'commands') continue
      for (const { to, command } of effect.steps)
        expect(receivers[to.kind === 'promotion' ? 'promotion' : 'email_address'].parse(command)).toEqual(
          command,
        )
    }
  })
  it('comes back as commands that the customer takes', () => {
    const outcomes = { call: { ok: true, value: { messageId: 'm' } }, commands: [] }
    const replies = all.flatMap(({ type, reply }) => (reply ? [{ ...reply, outcome: outcomes[type] }] : []))
    expect(replies).toHaveLength(2)
    for (const reply of replies) expect(customerCommand.parse(reply)).toEqual(reply)
  })
})
