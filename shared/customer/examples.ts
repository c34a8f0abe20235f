import { NOW } from '../core/specification.ts'
import { DAY, type Instant, MINUTE, plus, plusMonths } from '../core/time.ts'
import type { CustomerEvent } from './events.ts'

/** Events and ids that the specifications of this folder share. Not used outside tests. */
export const CUSTOMER_ID = 'cus_01939a2e-0000-7000-8000-0123456789ab'
export const WELCOME_CODE = 'WELCOME-0123456789AB'
export const profile = { name: 'Ada', addresses: [], marketingConsent: false }

/** A token as the readable secrets of `specification.ts` make it, valid for 7 days. */
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
  return { type: 'CustomerSpendingUpdated', data: { orderId, delta, spending12m } }
}

/** The points of one order, as a bronze customer earns them. */
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
    },
  }
}

type Lots = Readonly<Record<string, number>>

function takenLots(lots: Lots) {
  return Object.entries(lots).map(([lotId, points]) => ({ lotId, points }))
}

/** Points taken for an order: how many from the lot of which other order. */
export function redeemed(orderId: string, points: number, lots: Lots): CustomerEvent {
  return { type: 'RewardPointsRedeemed', data: { orderId, points, lots: takenLots(lots) } }
}

/** Points given back by an order: how many to the lot of which other order. */
export function restored(orderId: string, points: number, lots: Lots): CustomerEvent {
  return { type: 'RewardPointsRestored', data: { orderId, points, lots: takenLots(lots) } }
}
