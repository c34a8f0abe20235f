import { describe, expect, it } from 'vitest'
import { promotionCodeSchema } from '../../core/ids.ts'
import { NOW } from '../../core/specification.fixture.ts'
import { DAY, plus } from '../../core/time.ts'
import type { CustomerCommand } from '../commands.ts'
import {
  CUSTOMER_ID,
  registered,
  segmentChanged,
  standingReport,
  started,
  suspended,
} from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'
import { customerRules } from '../policies.ts'
import {
  becameActive,
  becameAtRisk,
  consenting,
  history,
  inDays,
  offered,
  review,
  spec,
} from './segment.fixture.ts'

describe('an offer', () => {
  it('has a code that a promotion can have, another each time', () => {
    const codeAt = (nextVersion: number) => {
      const { decision } = spec.given(...history, becameActive).when(review, { now: inDays(60), nextVersion })
      const offer = decision.events.find(({ type }) => type === 'RetentionOfferMade')
      return promotionCodeSchema.parse(offer && 'promotionCode' in offer.data && offer.data.promotionCode)
    }
    expect(codeAt(5)).not.toBe(codeAt(6))
  })
  it('takes its code from a real token in whatever letters that comes', () => {
    const secrets = {
      token: () => 'a-b_cDeF0123456789-_xyzxyzxyzxyzxyzxyzxyzxy',
      digits: () => '000000',
      hash: (secret: string) => secret,
    }
    const { decision } = spec.given(...history, becameActive).when(review, { now: inDays(60), secrets })
    expect(decision.events[1]?.data).toMatchObject({ promotionCode: 'STAY-ABCDEF0123456789' })
  })
  it('is also made when something else finds the customer at risk', () => {
    spec
      .given(...history, becameActive)
      .when({ type: 'UpdateSpending', orderId: 'o1', delta: -1_00 }, { now: inDays(61) })
      .thenTypes('CustomerSpendingUpdated', 'CustomerSegmentChanged', 'RetentionOfferMade')
  })
  it('takes 15 % off and is valid for 14 days', () => {
    expect(customerRules.retention).toEqual({ percent: 15, lifetimeMs: 14 * DAY })
  })
})

const to = { kind: 'promotion', id: 'STAY-TOKENRETENTION5' }
const promotionCode = to.id
const atRisk = [...history, becameActive, becameAtRisk, offered(5, inDays(60), false)] as const
const issued = (toBeMailed: boolean): CustomerEvent => ({
  type: 'RetentionPromotionIssued',
  data: { promotionCode, toBeMailed },
})

describe('RecordRetentionPromotion', () => {
  const record = {
    type: 'RecordRetentionPromotion',
    promotionCode,
    outcome: [{ ok: true as const, to, version: 1, events: [] }],
  } as const satisfies Parameters<ReturnType<typeof spec.given>['when']>[0]

  it('records that the promotion exists, and sends no mail without consent', () => {
    spec
      .given(...atRisk)
      .when(record)
      .then(issued(false))
  })
  it('has it mailed to those who agreed, also since the offer', () => {
    spec
      .given(...atRisk, consenting)
      .when(record)
      .then(issued(true))
  })
  it('has nothing mailed to a suspended customer', () => {
    spec
      .given(...atRisk, consenting, suspended)
      .when(record)
      .then(issued(false))
  })
  it('changes nothing the second time, or for another offer', () => {
    spec
      .given(...atRisk, issued(false))
      .when(record)
      .then()
    spec
      .given(...atRisk)
      .when({ ...record, promotionCode: 'STAY-OTHER' })
      .then()
    spec
      .given(...history)
      .when(record)
      .then()
  })
  it('passes a refusal on, so that an operator is notified', () => {
    const refusal = { code: 'promotion_exists', detail: 'There is one.' }
    const { decision } = spec
      .given(...atRisk)
      .when({ ...record, outcome: [{ ok: false, to, refusal }] })
      .thenRefused('retention_promotion_refused')
    expect(decision.refusal?.facts).toEqual({ refusal })
  })
})

describe('RecordRetentionSent', () => {
  const record = (ok: boolean) =>
    ({
      type: 'RecordRetentionSent',
      promotionCode,
      outcome: ok
        ? { ok, value: { messageId: 'm' } }
        : { ok, refusal: { code: 'no_recipient', detail: 'Gone.' } },
    }) as const
  const sent: CustomerEvent = { type: 'RetentionOfferSent', data: { promotionCode } }

  it('notes that the mailer took the mail, once', () => {
    spec
      .given(...atRisk, issued(true))
      .when(record(true))
      .then(sent)
    spec
      .given(...atRisk, issued(true), sent)
      .when(record(true))
      .then()
  })
  it('notes nothing when the mailer refused, or for another offer', () => {
    spec
      .given(...atRisk, issued(true))
      .when(record(false))
      .then()
    spec
      .given(...history)
      .when(record(true))
      .then()
  })
})

describe('a retention offer', () => {
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
      standingReport('segment', { segment: 'at_risk', asOf: plus(NOW, 60 * DAY) }),
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
  it('is mailed to no other customer', () => {
    expect(spec.given(started, registered, offered).when(record).effects).toEqual([])
  })
})
