import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import { event } from '../core/aggregate.ts'
import { erasureResultSchema } from '../core/erasure.ts'
import { currencySchema, moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'

/** A one-time secret as it is stored: a keyed hash and its expiry. */
const oneTimeSecret = { secretHash: z.string(), expiresAt: instantSchema }

/** At whose request a customer was erased; no free text, which could hold personal data. */
export const erasureReasons = ['customer_request', 'operator_request'] as const

/** The facts about a paying customer that fraud detection needs. Amounts in minor units. */
export const paymentAttemptSchema = z.object({
  paymentId: z.string(),
  orderId: z.string(),
  amount: moneySchema,
  /** When the e-mail address was verified: from then on the customer can order. */
  accountCreatedAt: instantSchema,
  /** Payment attempts within the last 10 minutes, this one included. */
  paymentsInWindow: z.int().min(1),
  /** Net paid per delivered order of the last 12 months, in the base currency; missing while there is none. */
  averageOrder: moneySchema.optional(),
  /** The address belongs to a disposable mail service. */
  disposableEmail: z.boolean(),
})
export type PaymentAttempt = z.infer<typeof paymentAttemptSchema>

const lotId = z.string()
/** The points taken from, or given to, each lot. */
const lotShares = z.array(z.object({ lotId, points: z.int().min(1) }))

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
  /** A new verification token was requested; the older one is invalid from now on. */
  event('EmailVerificationRequested', z.object({ ...oneTimeSecret, secretLabel: z.string() })),
  /** The mailer accepted the verification mail. */
  event('EmailVerificationSent', z.object({ secretLabel: z.string() })),
  /** Another customer has registered or verified the address since: the token is invalid. */
  event('RegistrationSuperseded', z.object({})),
  /** The address was not verified while the token was valid: it is free again, and all personal data is removed. */
  event('RegistrationLapsed', z.object({ emailHash: z.string() })),
  event('CustomerRegistered', z.object({ email: z.string(), welcomePromotionCode: z.string() })),
  /** The personal promotion exists, so the welcome mail may name it. */
  event('WelcomePromotionIssued', z.object({ promotionCode: z.string() })),
  event('WelcomeEmailSent', z.object({ promotionCode: z.string() })),
  event('CustomerProfileUpdated', z.object({ profile: profileSchema, changed: z.array(z.string()) })),
  event('LogInCodeRequested', z.object({ ...oneTimeSecret, secretLabel: z.string() })),
  /** Of the first release; attempts are now counted per log-in, outside the customer. */
  event('LogInCodeRejected', z.object({ attempt: z.int().min(1) })),
  event('CustomerLoggedIn', z.object({})),
  event(
    'CustomerSpendingUpdated',
    z.object({
      orderId: z.string(),
      /** The shop's base currency; amounts are in its minor units. Missing in older events. */
      currency: currencySchema.optional(),
      /** Negative for a refund. */
      delta: z.int(),
      /** All refunds of the order so far, if the order reported them. */
      refundedTotal: z.int().min(0).optional(),
      /** The order's revision of its refunds: the total decreases when a bank returns one. */
      revision: z.int().min(1).optional(),
      spending12m: z.int().min(0),
      /** The order was in a currency without a rate: it counts as an order, but not as spending. */
      uncounted: z.literal(true).optional(),
      ...decisionsField,
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
      ...decisionsField,
    }),
  ),
  event(
    'CustomerSegmentChanged',
    z.object({ previousSegment: segmentSchema, segment: segmentSchema, ...decisionsField }),
  ),
  /** A customer at risk gets an offer: a personal promotion, which is created next. */
  event(
    'RetentionOfferMade',
    z.object({
      promotionCode: z.string(),
      percent: z.number(),
      /** Until when the promotion can be used. */
      endsAt: instantSchema,
      /** Whether the customer consented to offers by mail; without consent the offer is valid, but no mail is sent. */
      consented: z.boolean(),
      ...decisionsField,
    }),
  ),
  /** The promotion of the offer exists, so a mail may name it; `toBeMailed` says whether one will. */
  event('RetentionPromotionIssued', z.object({ promotionCode: z.string(), toBeMailed: z.boolean() })),
  /** The mailer accepted the mail with the offer. */
  event('RetentionOfferSent', z.object({ promotionCode: z.string() })),
  /** Points for a delivered order, which cannot be spent before the order is completed. */
  event(
    'RewardPointsAccrued',
    z.object({
      lotId,
      orderId: z.string(),
      points: z.int().min(1),
      /** The amount they are given for, in minor units of the base currency. */
      netPaid: z.int().min(0),
      tier: tierSchema,
      ...decisionsField,
    }),
  ),
  /** Points that can be spent; a pending lot of the same id becomes active. */
  event(
    'RewardPointsEarned',
    z.object({
      lotId,
      source: z.enum(['order', 'review']),
      orderId: z.string().optional(),
      /** For the source `review`. */
      reviewId: z.string().optional(),
      points: z.int().min(1),
      tier: tierSchema,
      /** Points of an order can be spent from its completion on; they expire 12 months later. */
      activeFrom: instantSchema,
      expiresAt: instantSchema,
      ...decisionsField,
    }),
  ),
  /** Points that pay for an order, from the oldest lot first. */
  event(
    'RewardPointsRedeemed',
    z.object({ orderId: z.string(), points: z.int().min(1), lots: lotShares, ...decisionsField }),
  ),
  /** The order that the points paid for was not made: they return to their lots. */
  event(
    'RewardPointsRestored',
    z.object({
      orderId: z.string(),
      points: z.int().min(0),
      lots: lotShares,
      /** Points that cannot return, because their lot has expired in the meantime. */
      lapsed: z.int().min(0).optional(),
    }),
  ),
  /** These lots have expired after 12 months. */
  event('RewardPointsExpired', z.object({ points: z.int().min(1), lots: lotShares })),
  /** Part of an order was refunded: the points given for that part are clawed back. */
  event(
    'RewardPointsClawedBack',
    z.object({
      orderId: z.string(),
      /** Zero when none have been given for it yet, or none are left. */
      points: z.int().min(0),
      /** The order's own lot first, then others, oldest first. */
      lots: lotShares,
      /** The amount paid for the order and its refunds so far, in minor units of the base currency. */
      paid: z.int().min(0),
      refundedTotal: z.int().min(0),
      /** Points of this order that are already spent and that no other lot could cover. */
      shortfall: z.int().min(0),
      revision: z.int().min(1).optional(),
      ...decisionsField,
    }),
  ),
  /** A bank returned a refund: points clawed back for it are given again, as far as the payment earns them. */
  event(
    'RewardPointsReinstated',
    z.object({
      orderId: z.string(),
      lotId: z.string(),
      /** Zero when none had been clawed back. */
      points: z.int().min(0),
      activeFrom: instantSchema,
      expiresAt: instantSchema,
      /** As for `RewardPointsClawedBack`, in minor units of the base currency. */
      paid: z.int().min(0),
      refundedTotal: z.int().min(0),
      revision: z.int().min(1),
      ...decisionsField,
    }),
  ),
  event('PaymentAttemptRecorded', paymentAttemptSchema),
  event('CustomerSuspended', z.object({ reason: z.string().optional() })),
  /** All personal data is removed; `emailHash` names the claim on the address, which is free from now on. */
  event('CustomerErased', z.object({ reason: z.enum(erasureReasons).optional(), emailHash: z.string() })),
  /** Other contexts have erased the customer's data too, except for orders that are still under way. */
  event('PersonalDataSwept', z.object({ ...erasureResultSchema.shape })),
  /** Orders were under way, or too new to be listed: the sweep is repeated. */
  event('PersonalDataSweepDue', z.object({})),
])
export type CustomerEvent = z.infer<typeof customerEvent>
/** The data of one event by its name. */
export type CustomerEventData<Type extends CustomerEvent['type']> = Extract<
  CustomerEvent,
  { type: Type }
>['data']
