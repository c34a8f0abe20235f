import { z } from 'zod'
import { HOUR, type Instant, instantSchema, plus } from '../core/time.ts'
import { segmentSchema } from '../promotion/terms.ts'
import type { CustomerFacts } from './commands.ts'
import { type CustomerEvent, paymentAttemptSchema, profileSchema } from './events.ts'
import { evolveLoyalty, loyaltySchema, noLoyalty, pointBalance } from './loyalty/state.ts'
import { customerRules, type SegmentationFacts } from './policies.ts'

const oneTimeSecretSchema = z.object({
  secretHash: z.string(),
  secretLabel: z.string(),
  expiresAt: instantSchema,
})

export const customerSchema = z.object({
  status: z.enum(['pending', 'active', 'suspended', 'erased']),
  /** Empty once the customer is erased, as are the hash and the name. */
  email: z.string(),
  emailHash: z.string(),
  profile: profileSchema,
  /** When the address was verified; until then, when the registration started. */
  registeredAt: instantSchema,
  /** The newest verification token. `used`: it is the one that verified the address. */
  verification: oneTimeSecretSchema.extend({ sent: z.boolean(), used: z.boolean() }),
  /** The address was registered again, or verified by another, before this registration was verified. */
  superseded: z.boolean().optional(),
  /** When the customer was erased, or the registration lapsed. */
  erasedAt: instantSchema.optional(),
  welcome: z.object({ promotionCode: z.string(), issued: z.boolean(), sent: z.boolean() }).optional(),
  /** Log-in codes that may still be open, oldest first. */
  logIns: z.array(oneTimeSecretSchema),
  /** When log-in codes were asked for within the last hour, oldest first. */
  logInRequests: z.array(instantSchema),
  loyalty: loyaltySchema,
  segment: segmentSchema,
  /** The newest retention offer. */
  retention: z
    .object({ promotionCode: z.string(), percent: z.number(), issued: z.boolean(), sent: z.boolean() })
    .optional(),
  /** The newest payment attempts, oldest first, each with the facts that were told of it. */
  paymentAttempts: z.array(paymentAttemptSchema.extend({ at: instantSchema })),
})
export type Customer = z.infer<typeof customerSchema>

/** Folds one event into a customer; only `CustomerRegistrationStarted` may come first. */
export function evolve(state: Customer | null, event: CustomerEvent, at: Instant): Customer {
  if (event.type === 'CustomerRegistrationStarted') return registrationStarted(event.data, at)
  if (!state) throw new Error(`${event.type} cannot be a customer's first event`)
  switch (event.type) {
    case 'EmailVerificationRequested':
      return { ...state, verification: { ...event.data, sent: false, used: false } }
    case 'EmailVerificationSent':
      return { ...state, verification: { ...state.verification, sent: true } }
    case 'CustomerRegistered': {
      const welcome = { promotionCode: event.data.welcomePromotionCode, issued: false, sent: false }
      const verification = { ...state.verification, used: true }
      return { ...state, status: 'active', registeredAt: at, verification, welcome }
    }
    case 'WelcomePromotionIssued':
      return state.welcome ? { ...state, welcome: { ...state.welcome, issued: true } } : state
    case 'WelcomeEmailSent':
      return state.welcome ? { ...state, welcome: { ...state.welcome, sent: true } } : state
    case 'CustomerProfileUpdated':
      return { ...state, profile: event.data.profile }
    case 'LogInCodeRequested':
      return {
        ...state,
        logIns: [...openLogIns(state, at), event.data],
        logInRequests: [...recentLogInRequests(state, at), at],
      }
    case 'LogInCodeRejected':
      return state
    case 'CustomerLoggedIn':
      return { ...state, logIns: [] }
    case 'CustomerSuspended':
      return { ...state, logIns: [], status: 'suspended' }
    case 'RegistrationSuperseded':
      return { ...state, superseded: true }
    case 'RegistrationLapsed': {
      const { verification, superseded } = state
      // The hash of the token stays, so that whoever still has the token is told that it has ended.
      return { ...erased(state), erasedAt: at, verification, ...(superseded && { superseded }) }
    }
    case 'CustomerErased':
      return { ...erased(state), erasedAt: at }
    case 'PersonalDataSwept':
    case 'PersonalDataSweepDue':
      return state
    case 'CustomerSegmentChanged':
      return { ...state, segment: event.data.segment }
    case 'RetentionOfferMade': {
      const { promotionCode, percent } = event.data
      return { ...state, retention: { promotionCode, percent, issued: false, sent: false } }
    }
    case 'RetentionPromotionIssued':
      return state.retention ? { ...state, retention: { ...state.retention, issued: true } } : state
    case 'RetentionOfferSent':
      return state.retention ? { ...state, retention: { ...state.retention, sent: true } } : state
    case 'PaymentAttemptRecorded': {
      const attempts = [...state.paymentAttempts, { ...event.data, at }]
      return { ...state, paymentAttempts: attempts.slice(-customerRules.paymentAttempts.remembered) }
    }
    case 'CustomerSpendingUpdated':
    case 'LoyaltyStatusUpdated':
    case 'RewardPointsAccrued':
    case 'RewardPointsEarned':
    case 'RewardPointsRedeemed':
    case 'RewardPointsRestored':
    case 'RewardPointsExpired':
    case 'RewardPointsClawedBack':
    case 'RewardPointsReinstated':
      return { ...state, loyalty: evolveLoyalty(state.loyalty, event, at) }
  }
}

type DataOf<Type extends CustomerEvent['type']> = Extract<CustomerEvent, { type: Type }>['data']

function registrationStarted(data: DataOf<'CustomerRegistrationStarted'>, at: Instant): Customer {
  const { email, emailHash, profile, ...secret } = data
  return {
    status: 'pending',
    email,
    emailHash,
    profile,
    registeredAt: at,
    verification: { ...secret, sent: false, used: false },
    logIns: [],
    logInRequests: [],
    loyalty: noLoyalty,
    segment: 'new',
    paymentAttempts: [],
  }
}

/** What the books need stays: ids, amounts and times of the loyalty account. */
function erased({ registeredAt, verification, loyalty, segment }: Customer): Customer {
  return {
    status: 'erased',
    email: '',
    emailHash: '',
    profile: { name: '', addresses: [], marketingConsent: false },
    registeredAt,
    verification: { ...verification, secretHash: '', used: true },
    logIns: [],
    logInRequests: [],
    loyalty,
    segment,
    paymentAttempts: [],
  }
}

/** The log-in codes that work at a moment. */
export function openLogIns({ logIns }: Customer, now: Instant): Customer['logIns'] {
  return logIns.filter(({ expiresAt }) => expiresAt > now)
}

/** The log-in codes asked for within the hour before a moment. */
export function recentLogInRequests(state: Customer, now: Instant): Instant[] {
  const since = plus(now, -HOUR)
  return state.logInRequests.filter((at) => at > since)
}

/** What the segment of a customer is decided on; whoever tries to pay has not stayed away. */
export function segmentationFacts(state: Customer, now: Instant): SegmentationFacts {
  const { deliveredOrders, lastOrderAt, tier } = state.loyalty
  const attemptAt = state.paymentAttempts.at(-1)?.at
  const latest = [lastOrderAt, attemptAt]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1)
  const { registeredAt } = state
  return { deliveredOrders, registeredAt, tier, now, ...(latest !== undefined && { lastOrderAt: latest }) }
}

/** What carts and orders may know of a customer; `pointsAvailable` are those that can be spent at `now`. */
export function customerFacts(customerId: string, state: Customer, now: Instant): CustomerFacts {
  return {
    customerId,
    status: state.status,
    tier: state.loyalty.tier,
    segment: state.segment,
    firstOrder: state.loyalty.deliveredOrders === 0,
    pointsAvailable: pointBalance(state.loyalty, now).available,
  }
}
