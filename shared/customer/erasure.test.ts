import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import { type CustomerCommand, customerCommand } from './commands.ts'
import {
  accrued,
  CUSTOMER_ID,
  codeRequested,
  earned,
  redeemed,
  registered,
  segmentChanged,
  spent,
  standingReport,
  started,
  suspended,
  tierChanged,
} from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'
import { pointBalance } from './loyalty/points.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const usd = (amount: number) => ({ amount, currency: 'USD' })
const erased: CustomerEvent = {
  type: 'CustomerErased',
  data: { reason: 'customer_request', emailHash: 'h' },
}

describe('EraseCustomer', () => {
  const erase = { type: 'EraseCustomer', reason: 'customer_request' } as const
  const addressed: CustomerEvent = {
    type: 'CustomerProfileUpdated',
    data: {
      profile: {
        name: 'Ada Lovelace',
        phone: '+1 503 555 0100',
        birthDate: '1815-12-10',
        addresses: [
          { name: 'Ada Lovelace', line1: '12 Way', city: 'Portland', postalCode: '97201', country: 'US' },
        ],
        marketingConsent: true,
      },
      changed: ['name', 'phone', 'birthDate', 'addresses', 'marketingConsent'],
    },
  }
  const lived = [
    started,
    registered,
    addressed,
    codeRequested,
    spent('o1', 500_00, 500_00),
    tierChanged(['bronze', 'silver'], 'tier_earned', 500_00),
    accrued('o2', 20),
    earned('o1', 500),
    redeemed('o2', 100, { 'order/o1': 100 }),
    {
      type: 'PaymentAttemptRecorded',
      data: {
        ...{ paymentId: 'p1', orderId: 'o2', amount: usd(20_00) },
        ...{ accountCreatedAt: NOW, paymentsInWindow: 1, disposableEmail: false },
      },
    },
    { type: 'RetentionOfferMade', data: retentionOffer() },
  ] as const satisfies CustomerEvent[]

  it('erases a customer in whatever state, for whatever reason', () => {
    for (const history of [[started], [started, registered], [started, registered, suspended]] as const)
      spec
        .given(...history)
        .when(erase)
        .then(erased)
    spec
      .given(started)
      .when({ type: 'EraseCustomer' })
      .then({ type: 'CustomerErased', data: { emailHash: 'h' } })
  })
  it('leaves no personal data in the state', () => {
    const { state: before } = spec.given(...lived)
    const { state } = spec.given(...lived).when(erase)
    expect(state).toEqual({
      status: 'erased',
      email: '',
      emailHash: '',
      profile: { name: '', addresses: [], marketingConsent: false },
      registeredAt: NOW,
      erasedAt: NOW,
      verification: { ...before?.verification, secretHash: '', used: true },
      logIns: [],
      logInRequests: [],
      loyalty: before?.loyalty,
      segment: 'new',
      paymentAttempts: [],
    })
  })
  it('keeps what the books need', () => {
    const { state } = spec.given(...lived).when(erase)
    expect(state?.loyalty).toMatchObject({ tier: 'silver', deliveredOrders: 1 })
    expect(state && pointBalance(state.loyalty, NOW)).toEqual({ available: 400, pending: 20 })
  })
  it('changes nothing the second time', () => {
    spec.given(started, registered, erased).when(erase).then()
  })
  it('is refused for a customer whom there is not', () => {
    spec.given().when(erase).thenRefused('customer_not_found')
  })
})

function retentionOffer() {
  return {
    promotionCode: 'STAY-1',
    percent: 15,
    endsAt: NOW,
    consented: true,
    decisions: [],
  }
}

describe('an erased customer', () => {
  const call = { ok: true as const, value: { messageId: 'm' } }
  const step = {
    ok: false as const,
    to: { kind: 'promotion', id: 'X' },
    refusal: { code: 'promotion_exists', detail: 'There is one.' },
  }
  /** Reports and timers that may come whatever has become of the customer. */
  const harmless: CustomerCommand[] = [
    { type: 'EraseCustomer' },
    { type: 'RecordEmailClaim', outcome: [step] },
    { type: 'SupersedeRegistration' },
    { type: 'LapseRegistration' },
    { type: 'RecordVerificationSent', secretLabel: 'verification/1', outcome: call },
    { type: 'RecordWelcomePromotion', promotionCode: 'X', outcome: [step] },
    { type: 'RecordWelcomeSent', promotionCode: 'X', outcome: call },
    { type: 'RecordRetentionPromotion', promotionCode: 'STAY-1', outcome: [step] },
    { type: 'RecordRetentionSent', promotionCode: 'STAY-1', outcome: call },
    { type: 'UpdateSpending', orderId: 'o1', delta: 1_00 },
    { type: 'AccruePoints', orderId: 'o1', netPaid: usd(500_00) },
    { type: 'EarnPoints', orderId: 'o1', netPaid: usd(500_00) },
    { type: 'EarnBonusPoints', reviewId: 'r1', orderId: 'o1' },
    { type: 'ClawBackPoints', orderId: 'o1', paid: 500_00, refundedTotal: 100_00 },
    { type: 'RestorePoints', orderId: 'o2' },
    { type: 'ExpirePoints' },
    { type: 'ReviewTier' },
    { type: 'ReviewSegment' },
  ]
  const refused: CustomerCommand[] = [
    { type: 'ResendVerification' },
    { type: 'StartSession' },
    { type: 'CompleteSession', code: '123456' },
    { type: 'UpdateProfile', name: 'Grace' },
    { type: 'RedeemPoints', orderId: 'o2', points: 100, subtotal: usd(500_00) },
    {
      type: 'RecordPaymentAttempt',
      paymentId: 'p2',
      orderId: 'o2',
      amount: usd(1_00),
    },
    { type: 'SuspendCustomer' },
  ]
  const history = [
    started,
    registered,
    earned('o9', 500),
    redeemed('o2', 100, { 'order/o9': 100 }),
    segmentChanged(['new', 'active'], 'no_other_rule', {}),
    { type: 'RetentionOfferMade', data: retentionOffer() },
    erased,
  ] as const satisfies CustomerEvent[]

  it.each(harmless)('takes $type without a consequence, at any time', (command) => {
    spec
      .given(...history)
      .when(command, { now: '2029-01-01T00:00:00.000Z' })
      .then()
  })
  it.each(refused)('refuses $type', (command) => {
    spec
      .given(...history)
      .when(command)
      .thenRefused('customer_erased')
  })
  it('reports only that a token is invalid', () => {
    for (const token of ['token(verification/1)', 'guess'])
      spec
        .given(...history)
        .when({ type: 'VerifyEmail', token })
        .thenRefused('token_invalid')
  })
  it('is not registered again under the same id', () => {
    spec
      .given(...history)
      .when({ type: 'RegisterCustomer', email: 'ada@example.com', emailHash: 'h', name: 'Ada' })
      .thenRefused('customer_exists')
  })
  it('has an answer to every command there is', () => {
    const asked = [...harmless, ...refused].map(({ type }) => type)
    const all = customerCommand.options.map((option) => option.shape.type.value)
    expect(
      [...asked, 'RecordPersonalDataSwept', 'RegisterCustomer', 'SweepPersonalData', 'VerifyEmail'].sort(),
    ).toEqual([...all].sort())
  })
})

describe('what others know of an erased customer', () => {
  const swept = (erasedOrders: number, open: number) =>
    ({ type: 'PersonalDataSwept', data: { erased: erasedOrders, open } }) as const
  const ofErased = spec.given(started, registered, erased)

  it('is swept at once, and once more the day after, when whatever was under way has arrived', () => {
    ofErased
      .when({ type: 'RecordPersonalDataSwept', outcome: { ok: true, value: { erased: 3, open: 0 } } })
      .then(swept(3, 0))
    ofErased.when({ type: 'SweepPersonalData' }).then({ type: 'PersonalDataSweepDue', data: {} })
  })
  it('is parked where somebody would not forget', () => {
    const refusal = { code: 'rejected', detail: 'No.' }
    ofErased
      .when({ type: 'RecordPersonalDataSwept', outcome: { ok: false, refusal } })
      .thenRefused('erasure_incomplete')
  })
  it('may take two weeks, and then an operator is notified', () => {
    const outcome = { ok: true, value: { erased: 3, open: 2 } } as const
    const record = { type: 'RecordPersonalDataSwept', outcome } as const
    ofErased.when(record, { now: plus(NOW, 14 * DAY - 1) }).then(swept(3, 2))
    const { decision } = ofErased.when(record, { now: plus(NOW, 14 * DAY) }).thenRefused('erasure_incomplete')
    expect(decision.refusal?.facts).toEqual({ open: 2 })
    ofErased
      .when({ ...record, outcome: { ok: true, value: { erased: 5, open: 0 } } }, { now: plus(NOW, 14 * DAY) })
      .then(swept(5, 0))
  })
  it('is not swept before there is an erasure', () => {
    const { given } = spec
    for (const command of [
      { type: 'SweepPersonalData' },
      { type: 'RecordPersonalDataSwept', outcome: { ok: true, value: { erased: 0, open: 0 } } },
    ] as const)
      given(started, registered).when(command).thenRefused('customer_not_erased')
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
      standingReport('status', { status: 'erased' }),
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
