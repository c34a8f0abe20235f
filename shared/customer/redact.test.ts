import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { customer } from './aggregate.ts'
import {
  accrued,
  CUSTOMER_ID,
  codeRequested,
  earned,
  expired,
  redeemed,
  restored,
  segmentChanged,
  spent,
  tierChanged,
  verificationSecret,
} from './customer.fixture.ts'
import { type CustomerEvent, customerEvent } from './events.ts'
import { withoutPersonalData } from './redact.ts'

const personal = {
  name: 'Ada Lovelace',
  phone: '+1 503 555 0100',
  birthDate: '1815-12-10',
  addresses: [
    { name: 'Ada Lovelace', line1: '12 Way', city: 'Portland', postalCode: '97201', country: 'US' },
  ],
  marketingConsent: true,
}
const email = 'ada@example.com'
const blank = { name: 'erased', addresses: [], marketingConsent: false }

/** Each event that tells something of the person, with what is left of it. */
const telling: readonly [CustomerEvent, object][] = [
  [
    {
      type: 'CustomerRegistrationStarted',
      data: { email, emailHash: 'h', profile: personal, ...verificationSecret(1) },
    },
    { email: 'erased', emailHash: 'h', profile: blank, ...verificationSecret(1) },
  ],
  [
    { type: 'CustomerRegistered', data: { email, welcomePromotionCode: 'WELCOME-1' } },
    { email: 'erased', welcomePromotionCode: 'WELCOME-1' },
  ],
  [
    { type: 'CustomerProfileUpdated', data: { profile: personal, changed: ['name', 'phone'] } },
    { profile: blank, changed: ['name', 'phone'] },
  ],
  [{ type: 'CustomerSuspended', data: { reason: 'Ada Lovelace was rude' } }, {}],
]

/** One of each event that tells nothing of the person. */
const silent: readonly CustomerEvent[] = [
  { type: 'EmailVerificationRequested', data: verificationSecret(2) },
  { type: 'EmailVerificationSent', data: { secretLabel: 'verification/1' } },
  { type: 'WelcomePromotionIssued', data: { promotionCode: 'WELCOME-1' } },
  { type: 'WelcomeEmailSent', data: { promotionCode: 'WELCOME-1' } },
  codeRequested,
  { type: 'LogInCodeRejected', data: { attempt: 1 } },
  { type: 'CustomerLoggedIn', data: {} },
  spent('o1', 500_00, 500_00),
  tierChanged(['bronze', 'silver'], 'tier_earned', 500_00),
  segmentChanged(['new', 'active'], 'no_other_rule', {}),
  {
    type: 'RetentionOfferMade',
    data: { promotionCode: 'STAY-1', percent: 15, endsAt: NOW, consented: true, decisions: [] },
  },
  { type: 'RetentionPromotionIssued', data: { promotionCode: 'STAY-1', toBeMailed: true } },
  { type: 'RetentionOfferSent', data: { promotionCode: 'STAY-1' } },
  accrued('o2', 20),
  earned('o1', 500),
  redeemed('o3', 100, { 'order/o1': 100 }),
  restored('o3', 100, { 'order/o1': 100 }),
  expired(10, { 'order/o1': 10 }),
  {
    type: 'RewardPointsClawedBack',
    data: {
      ...{ orderId: 'o1', points: 0, lots: [], paid: 1, refundedTotal: 1, shortfall: 0, decisions: [] },
    },
  },
  {
    type: 'RewardPointsReinstated',
    data: {
      ...{ orderId: 'o1', lotId: 'order/o1', points: 5, activeFrom: NOW, expiresAt: NOW },
      ...{ paid: 1, refundedTotal: 0, revision: 2, decisions: [] },
    },
  },
  {
    type: 'PaymentAttemptRecorded',
    data: {
      ...{ paymentId: 'p1', orderId: 'o2', amount: { amount: 1, currency: 'USD' } },
      ...{ accountCreatedAt: NOW, paymentsInWindow: 1, disposableEmail: false },
    },
  },
  { type: 'RegistrationSuperseded', data: {} },
  { type: 'RegistrationLapsed', data: { emailHash: 'h' } },
  { type: 'CustomerErased', data: { emailHash: 'h' } },
  { type: 'PersonalDataSwept', data: { erased: 1, open: 1 } },
  { type: 'PersonalDataSweepDue', data: {} },
]

describe('an event without personal data', () => {
  it.each(telling)('$type keeps its schema, ids and times', (event, left) => {
    expect(withoutPersonalData(customerEvent.parse(event))).toEqual({ type: event.type, data: left })
  })
  it.each(silent)('$type stays as it is', (event) => {
    expect(withoutPersonalData(customerEvent.parse(event))).toEqual(event)
  })
  it('is valid and holds nothing of the person, whichever it is', () => {
    const all = [...telling.map(([event]) => event), ...silent]
    const types = customerEvent.options.map((option) => option.shape.type.value)
    expect(all.map(({ type }) => type).sort()).toEqual([...types].sort())
    for (const event of all) {
      const left = withoutPersonalData(event)
      expect(customerEvent.parse(left)).toEqual(left)
      expect(JSON.stringify(left)).not.toMatch(/Ada|Lovelace|example\.com|555|1815|Portland/)
    }
  })
  it('leads to the same calls and commands, so that an erasure renames none', () => {
    const spec = specification(customer, { id: CUSTOMER_ID })
    const history = [...telling.slice(0, 3).map(([event]) => event), ...silent]
    const asynchronous = (events: readonly CustomerEvent[]) =>
      events.map((event, index) => {
        const state = spec.fold(events.slice(0, index + 1))
        const effects = state ? customer.react(event, state, NOW, CUSTOMER_ID) : []
        return effects
          .map((effect, position) => [position, effect.type])
          .filter(([, type]) => type !== 'timer')
      })
    expect(asynchronous(history.map(withoutPersonalData))).toEqual(asynchronous(history))
  })
  it('is what an erased customer, or a registration that lapsed, leaves behind', () => {
    expect(customer.personalData).toEqual({
      without: withoutPersonalData,
      erasedBy: ['CustomerErased', 'RegistrationLapsed'],
    })
  })
})
