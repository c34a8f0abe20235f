import { describe, expect, it } from 'vitest'
import { asynchronousEffectSchema } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.ts'
import { DAY, plus, plusMonths } from '../core/time.ts'
import { customerProfileCommand } from '../customer-profile/commands.ts'
import { promotionCommand } from '../promotion/commands.ts'
import { customer } from './aggregate.ts'
import { type CustomerCommand, customerCommand, emailAddressCommand } from './commands.ts'
import {
  CUSTOMER_ID,
  codeRequested,
  earned,
  redeemed,
  registered,
  segmentChanged,
  spent,
  started,
  WELCOME_CODE,
} from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })

function verificationMail(secretLabel: string) {
  return {
    type: 'call',
    port: 'mailer',
    operation: 'send',
    input: {
      customerId: CUSTOMER_ID,
      template: 'verification',
      variables: { customerId: CUSTOMER_ID },
      secret: { as: 'token', form: 'token', label: secretLabel },
    },
    reply: { type: 'RecordVerificationSent', secretLabel },
  }
}

/** What the order context hears of a customer's standing. */
function toProfile(
  changed: string,
  more: { status?: string; tier?: string; segment?: string; asOf?: string } = {},
) {
  const command = { type: 'UpdateStanding', status: 'active', tier: 'bronze', segment: 'new', asOf: NOW }
  return {
    type: 'commands',
    stopAtRefusal: true,
    steps: [{ to: { kind: 'customer_profile', id: CUSTOMER_ID }, command: { ...command, ...more, changed } }],
  }
}

/** The claim that follows a registration, and each new token. */
function claimUntil(until: string) {
  const command = { type: 'ClaimEmailAddress', customerId: CUSTOMER_ID, since: NOW, until }
  return {
    type: 'commands',
    stopAtRefusal: true,
    steps: [{ to: { kind: 'email_address', id: 'h' }, command }],
    reply: { type: 'RecordEmailClaim' },
  }
}

function lapseAt(at: string) {
  return { type: 'timer', id: 'registration-end', at, command: { type: 'LapseRegistration' } }
}

describe('a registration that has started', () => {
  it('claims the address, mails the token without a word of whoever registered, and ends with the token', () => {
    const { effects } = spec
      .given()
      .when({ type: 'RegisterCustomer', email: 'ada@example.com', emailHash: 'h', name: 'Ada' })
    expect(effects).toEqual([
      claimUntil(plus(NOW, 7 * DAY)),
      verificationMail('verification/1'),
      lapseAt(plus(NOW, 7 * DAY)),
    ])
  })
  it('frees the address when it lapses, and has others forget', () => {
    const { effects } = spec.given(started).when({ type: 'LapseRegistration' }, { now: plus(NOW, 7 * DAY) })
    expect(effects).toMatchObject([
      { steps: [{ to: { kind: 'email_address', id: 'h' }, command: { type: 'ReleaseEmailAddress' } }] },
      { type: 'call', port: 'erasure' },
    ])
  })
})

describe('a verification that was asked for again', () => {
  it('mails the new token', () => {
    const now = plus(NOW, DAY)
    const { effects } = spec.given(started).when({ type: 'ResendVerification' }, { now })
    expect(effects).toEqual([
      verificationMail('verification/2'),
      claimUntil(plus(now, 7 * DAY)),
      lapseAt(plus(now, 7 * DAY)),
    ])
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
      toProfile('all'),
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

describe('a retention offer', () => {
  const record = {
    type: 'RecordRetentionPromotion',
    promotionCode: 'STAY-1',
    outcome: [{ ok: true as const, to, version: 1, events: [] }],
  } as const satisfies CustomerCommand
  const promotion = {
    type: 'commands',
    stopAtRefusal: true,
    steps: [
      {
        to: { kind: 'promotion', id: 'STAY-TOKENRETENTION4' },
        command: {
          type: 'CreatePromotion',
          code: 'STAY-TOKENRETENTION4',
          gift: { kind: 'percentage', value: { percent: 15 } },
          class: 'order',
          combinesWith: [],
          endsAt: plus(NOW, 74 * DAY),
          usageLimit: 1,
          perCustomerLimit: 1,
          customerId: CUSTOMER_ID,
        },
      },
    ],
    reply: { type: 'RecordRetentionPromotion', promotionCode: 'STAY-TOKENRETENTION4' },
  }

  it('creates a personal promotion, before any mail', () => {
    const { effects } = spec
      .given(started, registered, segmentChanged(['new', 'active'], 'no_other_rule', {}))
      .when({ type: 'ReviewSegment' }, { now: plus(NOW, 60 * DAY) })
    expect(effects.filter(({ type }) => type !== 'timer')).toEqual([
      toProfile('segment', { segment: 'at_risk', asOf: plus(NOW, 60 * DAY) }),
      promotion,
    ])
  })
  it('is mailed once the promotion exists, to those who agreed', () => {
    const { effects } = spec.given(started, registered, consenting, offered).when(record)
    expect(effects).toEqual([
      {
        type: 'call',
        port: 'mailer',
        operation: 'send',
        input: {
          customerId: CUSTOMER_ID,
          template: 'retention_offer',
          variables: { name: 'Ada', promotionCode: 'STAY-1', percent: '15' },
        },
        reply: { type: 'RecordRetentionSent', promotionCode: 'STAY-1' },
      },
    ])
  })
  it('is mailed to nobody else', () => {
    expect(spec.given(started, registered, offered).when(record).effects).toEqual([])
  })
})

describe('the standing of a customer', () => {
  const commands = (effects: readonly { type: string }[]) => effects.filter(({ type }) => type === 'commands')

  it('is told to the order context when tier and segment change', () => {
    const { effects } = spec
      .given(started, registered)
      .when({ type: 'UpdateSpending', orderId: 'o1', delta: 1_500_00 })
    expect(commands(effects)).toEqual([
      toProfile('tier', { tier: 'gold' }),
      toProfile('segment', { tier: 'gold', segment: 'loyal' }),
    ])
  })
  it('is told to the order context when it ends', () => {
    const suspended = spec.given(started, registered).when({ type: 'SuspendCustomer' })
    expect(commands(suspended.effects)).toEqual([toProfile('status', { status: 'suspended' })])
    const erased = spec.given(started, registered).when({ type: 'EraseCustomer' })
    expect(commands(erased.effects).at(-1)).toEqual(toProfile('status', { status: 'erased' }))
  })
})

describe('timers', () => {
  const usd = (amount: number) => ({ amount, currency: 'USD' })
  const at = (id: string, moment: string, type: string) => ({
    type: 'timer',
    id,
    at: moment,
    command: { type },
  })
  const inDays = (days: number) => plus(NOW, days * DAY)
  /** The timers that are left set after events and a command. */
  function left(history: Parameters<typeof spec.fold>[0], command: CustomerCommand, now = NOW) {
    const set = new Map<string, object>()
    for (const effect of spec.given(...history).when(command, { now }).effects) {
      if (effect.type === 'timer') set.set(effect.id, effect)
      if (effect.type === 'cancelTimer') set.set(effect.id, { cancelled: effect.id })
    }
    return Object.fromEntries(set)
  }

  it('review the segment when being new ends, then 60 and 180 days after the last order', () => {
    const segment = 'segment-review'
    expect(left([started], { type: 'VerifyEmail', token: 'token(verification/1)' })).toEqual({
      [segment]: at(segment, inDays(30), 'ReviewSegment'),
      'registration-end': { cancelled: 'registration-end' },
    })
    const review = { type: 'ReviewSegment' } as const
    expect(left([started, registered], review, inDays(30))).toEqual({
      [segment]: at(segment, inDays(60), 'ReviewSegment'),
    })
    expect(left([started, registered], review, inDays(60))).toEqual({
      [segment]: at(segment, inDays(180), 'ReviewSegment'),
    })
    expect(left([started, registered], review, inDays(180))).toEqual({ [segment]: { cancelled: segment } })
    expect(
      left([started, registered], { type: 'UpdateSpending', orderId: 'o1', delta: 1 }, inDays(7)),
    ).toMatchObject({ [segment]: at(segment, inDays(67), 'ReviewSegment') })
    const attempt = {
      type: 'RecordPaymentAttempt',
      paymentId: 'p1',
      orderId: 'o1',
      amount: usd(1),
    } as const
    expect(left([started, registered, spent('o1', 1, 1)], attempt, inDays(7))).toEqual({
      [segment]: at(segment, inDays(67), 'ReviewSegment'),
    })
  })
  it('review the tier when it ends', () => {
    const tier = 'tier-review'
    const spend = { type: 'UpdateSpending', orderId: 'o1', delta: 499_99 } as const
    expect(left([started, registered], spend)).toMatchObject({ [tier]: { cancelled: tier } })
    expect(left([started, registered], { ...spend, delta: 500_00 })).toMatchObject({
      [tier]: at(tier, plusMonths(NOW, 12), 'ReviewTier'),
    })
  })
  it('expire the points of the lot that lapses first, as long as there is one', () => {
    const points = 'points-expiry'
    const earn = { type: 'EarnPoints', orderId: 'o2', netPaid: usd(200_00) } as const
    const first = at(points, plusMonths(NOW, 12), 'ExpirePoints')
    const second = at(points, plusMonths(inDays(1), 12), 'ExpirePoints')
    expect(left([started, registered, earned('o1', 100)], earn, inDays(1))).toEqual({ [points]: first })
    const both = [started, registered, earned('o1', 100), [earned('o2', 200, inDays(1)), inDays(1)]] as const
    const redeem = { type: 'RedeemPoints', orderId: 'o9', points: 100, subtotal: usd(200_00) } as const
    expect(left([...both], redeem, inDays(2))).toEqual({ [points]: second })
    expect(left([...both], { type: 'ExpirePoints' }, plusMonths(NOW, 12))).toEqual({ [points]: second })
    const clawBack = { type: 'ClawBackPoints', orderId: 'o1', paid: 100_00, refundedTotal: 100_00 } as const
    expect(left([started, registered, earned('o1', 100)], clawBack)).toEqual({
      [points]: { cancelled: points },
    })
    const taken = redeemed('o9', 100, { 'order/o1': 100 })
    expect(
      left([started, registered, earned('o1', 100), taken], { type: 'RestorePoints', orderId: 'o9' }),
    ).toEqual({ [points]: first })
    expect(
      left([started, registered], { type: 'AccruePoints', orderId: 'o1', netPaid: usd(200_00) }),
    ).toEqual({})
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

describe('an erasure', () => {
  const registeredCustomer = spec.given(started, registered)
  const sweep = {
    type: 'call',
    port: 'erasure',
    operation: 'sweep',
    input: { customerId: CUSTOMER_ID },
    reply: { type: 'RecordPersonalDataSwept' },
  }
  const again = {
    type: 'timer',
    id: 'personal-data-sweep',
    at: plus(NOW, DAY),
    command: { type: 'SweepPersonalData' },
  }
  const erased: CustomerEvent = { type: 'CustomerErased', data: { emailHash: 'h' } }

  it('gives the address back, has others forget, and looks again a day later', () => {
    const { effects } = registeredCustomer.when({ type: 'EraseCustomer' })
    expect(effects[0]).toEqual({
      type: 'commands',
      stopAtRefusal: true,
      steps: [
        {
          to: { kind: 'email_address', id: 'h' },
          command: { type: 'ReleaseEmailAddress', customerId: CUSTOMER_ID },
        },
      ],
    })
    expect(effects.slice(1)).toEqual([
      sweep,
      again,
      { type: 'cancelTimer', id: 'points-expiry' },
      { type: 'cancelTimer', id: 'tier-review' },
      { type: 'cancelTimer', id: 'segment-review' },
      { type: 'cancelTimer', id: 'registration-end' },
      toProfile('status', { status: 'erased' }),
    ])
  })
  it('goes on as long as an order is under way', () => {
    const ofErased = spec.given(started, registered, erased)
    expect(ofErased.when({ type: 'SweepPersonalData' }).effects).toEqual([sweep])
    const afterSweep = (open: number) =>
      ofErased.when({
        type: 'RecordPersonalDataSwept',
        outcome: { ok: true, value: { erased: 1, open } },
      }).effects
    expect(afterSweep(1)).toEqual([again])
    expect(afterSweep(0)).toEqual([])
  })
})
