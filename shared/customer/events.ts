import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import { event } from '../core/event.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'

/** A one-time secret as it is stored: a keyed hash and when it stops working. */
const oneTimeSecret = { secretHash: z.string(), expiresAt: instantSchema }

export const profileSchema = z.object({
  name: z.string(),
  phone: z.string().optional(),
  /** Calendar date, `YYYY-MM-DD`. */
  birthDate: z.iso.date().optional(),
  addresses: z.array(addressSchema).max(20),
  marketingConsent: z.boolean(),
})
export type Profile = z.infer<typeof profileSchema>

export const customerEvent = z.discriminatedUnion('type', [
  event(
    'CustomerRegistrationStarted',
    z.object({
      email: z.string(),
      /** Names the object that holds the claim on the address. */
      emailHash: z.string(),
      profile: profileSchema,
      ...oneTimeSecret,
      secretLabel: z.string(),
    }),
  ),
  /** A new verification token was asked for; the older one stops working now. */
  event('EmailVerificationRequested', z.object({ ...oneTimeSecret, secretLabel: z.string() })),
  /** The mailer took the verification mail. */
  event('EmailVerificationSent', z.object({ secretLabel: z.string() })),
  event('CustomerRegistered', z.object({ email: z.string(), welcomePromotionCode: z.string() })),
  /** The personal promotion exists, so the welcome mail may name it. */
  event('WelcomePromotionIssued', z.object({ promotionCode: z.string() })),
  event('WelcomeEmailSent', z.object({ promotionCode: z.string() })),
  event('CustomerProfileUpdated', z.object({ profile: profileSchema, changed: z.array(z.string()) })),
  event('LogInCodeRequested', z.object({ ...oneTimeSecret, secretLabel: z.string() })),
  event('LogInCodeRejected', z.object({ attempt: z.int().min(1) })),
  event('CustomerLoggedIn', z.object({})),
  event(
    'CustomerSpendingUpdated',
    z.object({
      orderId: z.string(),
      /** Minor units in the shop's base currency; negative for a refund. */
      delta: z.int(),
      spending12m: z.int().min(0),
    }),
  ),
  event(
    'LoyaltyStatusUpdated',
    z.object({
      previousTier: tierSchema,
      tier: tierSchema,
      /** A tier is never lost before this. */
      keptUntil: instantSchema,
      spending12m: z.int().min(0),
      rule: z.string(),
    }),
  ),
  event(
    'CustomerSegmentChanged',
    z.object({ previousSegment: segmentSchema, segment: segmentSchema, rule: z.string() }),
  ),
  event(
    'RewardPointsEarned',
    z.object({
      lotId: z.string(),
      source: z.enum(['order', 'review']),
      orderId: z.string().optional(),
      points: z.int().min(1),
      tier: tierSchema,
      /** Points of an order can be spent from its confirmation on; they lapse 12 months later. */
      activeFrom: instantSchema,
      expiresAt: instantSchema,
    }),
  ),
  /** Points that pay for an order, taken oldest lot first. */
  event(
    'RewardPointsRedeemed',
    z.object({
      orderId: z.string(),
      points: z.int().min(1),
      lots: z.array(z.object({ lotId: z.string(), points: z.int().min(1) })),
    }),
  ),
  /** The order that they paid for did not come about: they go back to their lots. */
  event(
    'RewardPointsRestored',
    z.object({
      orderId: z.string(),
      points: z.int().min(1),
      lots: z.array(z.object({ lotId: z.string(), points: z.int().min(1) })),
    }),
  ),
  event('CustomerSuspended', z.object({ reason: z.string().optional() })),
])
export type CustomerEvent = z.infer<typeof customerEvent>
