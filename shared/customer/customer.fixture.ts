import type { PolicyDecision } from '../core/policy-decision.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, type Instant, MINUTE, plus, plusMonths } from '../core/time.ts'
import type { Segment, Tier } from '../promotion/terms.ts'
import { customer } from './aggregate.ts'
import type { CustomerCommand } from './commands.ts'
import type { CustomerEvent } from './events.ts'

/** Events and ids that the specifications of this folder share. Not used outside tests. */
export const CUSTOMER_ID = 'cus_01939a2e-0000-7000-8000-0123456789ab'
export const WELCOME_CODE = 'WELCOME-0123456789AB'
export const profile = { name: 'Ada', addresses: [], marketingConsent: false }

/** A token made from the readable secrets of `specification.fixture.ts`, valid for 7 days. */
export function verificationSecret(version: number, now: Instant = NOW) {
  const secretLabel = `verification/${version}`
  return { secretLabel, secretHash: `hash(token(${secretLabel}))`, expiresAt: plus(now, 7 * DAY) }
}

export const started: CustomerEvent = {
  type: 'CustomerRegistrationStarted',
  data: { email: 'ada@example.com', emailHash: 'h', profile, ...verificationSecret(1) },
}
export const registered: CustomerEvent = {
  type: 'CustomerRegistered',
  data: { email: 'ada@example.com', welcomePromotionCode: WELCOME_CODE },
}
export const suspended: CustomerEvent = { type: 'CustomerSuspended', data: {} }

/** A log-in code whose digits are `123456`, valid for 10 minutes. */
export const codeRequested: CustomerEvent = {
  type: 'LogInCodeRequested',
  data: { secretLabel: 'log-in/3', secretHash: 'hash(123456)', expiresAt: plus(NOW, 10 * MINUTE) },
}

export function spent(orderId: string, delta: number, spending12m: number): CustomerEvent {
  return {
    type: 'CustomerSpendingUpdated',
    data: { currency: 'USD', orderId, delta, spending12m, decisions: [] },
  }
}

/** The decision of `rewardPointsPolicy` for a bronze customer's order that earns exactly these points. */
export function rewardDecision(points: number, netPaid = points * 100): PolicyDecision {
  return {
    policy: 'rewardPointsPolicy',
    rules: ['rate_of_tier'],
    inputs: { source: 'order', netPaid, tier: 'bronze', percent: 1, points },
    outcome: 'granted',
  }
}

/** The points of a bronze customer's delivered order that is not completed. */
export function accrued(orderId: string, points: number): CustomerEvent {
  return {
    type: 'RewardPointsAccrued',
    data: {
      lotId: `order/${orderId}`,
      orderId,
      points,
      netPaid: points * 100,
      tier: 'bronze',
      decisions: [rewardDecision(points)],
    },
  }
}

/** The points of one order of a bronze customer. */
export function earned(orderId: string, points: number, activeFrom: Instant = NOW): CustomerEvent {
  const expiresAt = plusMonths(activeFrom, 12)
  return {
    type: 'RewardPointsEarned',
    data: {
      lotId: `order/${orderId}`,
      source: 'order',
      orderId,
      points,
      tier: 'bronze',
      activeFrom,
      expiresAt,
      decisions: [rewardDecision(points)],
    },
  }
}

type Lots = Readonly<Record<string, number>>

function takenLots(lots: Lots) {
  return Object.entries(lots).map(([lotId, points]) => ({ lotId, points }))
}

/** Points redeemed for an order: how many from the lot of which other order. */
export function redeemed(
  orderId: string,
  points: number,
  lots: Lots,
  decisions: PolicyDecision[] = [],
): CustomerEvent {
  return { type: 'RewardPointsRedeemed', data: { orderId, points, lots: takenLots(lots), decisions } }
}

/** Points given back by an order: how many to the lot of which other order. */
export function restored(orderId: string, points: number, lots: Lots): CustomerEvent {
  return { type: 'RewardPointsRestored', data: { orderId, points, lots: takenLots(lots) } }
}

/** Points that expired after 12 months: how many of the lot of which order. */
export function expired(points: number, lots: Lots): CustomerEvent {
  return { type: 'RewardPointsExpired', data: { points, lots: takenLots(lots) } }
}

/** The decision of `customerSegmentationPolicy`, with its inputs. */
export function segmentDecision(
  segment: Segment,
  rule: string,
  inputs: Readonly<Record<string, unknown>>,
): PolicyDecision {
  return { policy: 'customerSegmentationPolicy', rules: [rule], inputs: { ...inputs }, outcome: segment }
}

/** A change of segment, with the facts behind the decision. */
export function segmentChanged(
  [previousSegment, segment]: readonly [Segment, Segment],
  rule: string,
  inputs: Readonly<Record<string, unknown>>,
): CustomerEvent {
  return {
    type: 'CustomerSegmentChanged',
    data: { previousSegment, segment, decisions: [segmentDecision(segment, rule, inputs)] },
  }
}

/** A change of tier at a time; `before` is the end of the older tier's period. */
export function tierChanged(
  [previousTier, tier]: readonly [Tier, Tier],
  rule: string,
  spending12m: number,
  at: Instant = NOW,
  before?: Instant,
): CustomerEvent {
  return {
    type: 'LoyaltyStatusUpdated',
    data: {
      ...{ previousTier, tier, spending12m },
      keptUntil: plusMonths(at, 12),
      decisions: [
        {
          policy: 'customerLoyaltyPolicy',
          rules: [rule],
          inputs: { previousTier, spending12m, ...(before !== undefined && { keptUntil: before }) },
          outcome: tier,
        },
      ],
    },
  }
}

/** The report of a customer's standing to the order context, as an effect. */
export function standingReport(
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

/** A timer as an effect. */
export function timer(id: string, at: Instant, type: CustomerCommand['type']) {
  return { type: 'timer', id, at, command: { type } }
}

/** The timers that are set, or cancelled, after events and a command. */
export function timersLeft(
  history: readonly (CustomerEvent | readonly [CustomerEvent, Instant])[],
  command: CustomerCommand,
  now = NOW,
) {
  const set = new Map<string, object>()
  const { effects } = specification(customer, { id: CUSTOMER_ID })
    .given(...history)
    .when(command, { now })
  for (const effect of effects) {
    if (effect.type === 'timer') set.set(effect.id, effect)
    if (effect.type === 'cancelTimer') set.set(effect.id, { cancelled: effect.id })
  }
  return Object.fromEntries(set)
}
