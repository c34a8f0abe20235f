import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import { erasureResultSchema } from '../core/erasure.ts'
import { event } from '../core/event.ts'
import { currencySchema, moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'

/** A one-time secret as it is stored: a keyed hash and when it stops working. */
const oneTimeSecret = { secretHash: z.string(), expiresAt: instantSchema }

/** At whose request a customer was erased; no free text, which could hold personal data. */
export const erasureReasons = ['customer_request', 'operator_request'] as const

/** What fraud detection wants to know of a customer who is about to pay. Amounts in minor units. */
export const paymentAttemptSchema = z.object({
  paymentId: z.string(),
  orderId: z.string(),
  amount: moneySchema,
  /** When the e-mail address was verified: from then on the account can order. */
  accountCreatedAt: instantSchema,
  /** Payment attempts within the last 10 minutes, this one included. */
  paymentsInWindow: z.int().min(1),
  /** Net paid per delivered order of the last 12 months, in the base currency; missing while there is none. */
  averageOrder: moneySchema.optional(),
  /** The address belongs to a service that hands out mailboxes to be thrown away. */
  disposableEmail: z.boolean(),
})
export type PaymentAttempt = z.infer<typeof paymentAttemptSchema>

const lotId = z.string()
/** What was taken from, or given to, each lot. */
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
  /** A new verification token was asked for; the older one stops working now. */
  event('EmailVerificationRequested', z.object({ ...oneTimeSecret, secretLabel: z.string() })),
  /** The mailer took the verification mail. */
  event('EmailVerificationSent', z.object({ secretLabel: z.string() })),
  /** The address was registered, or verified, by somebody else since: the token works no more. */
  event('RegistrationSuperseded', z.object({})),
  /** The address was not verified while the token worked: it is free, and all personal data is gone. */
  event('RegistrationLapsed', z.object({ emailHash: z.string() })),
  event('CustomerRegistered', z.object({ email: z.string(), welcomePromotionCode: z.string() })),
  /** The personal promotion exists, so the welcome mail may name it. */
  event('WelcomePromotionIssued', z.object({ promotionCode: z.string() })),
  event('WelcomeEmailSent', z.object({ promotionCode: z.string() })),
  event('CustomerProfileUpdated', z.object({ profile: profileSchema, changed: z.array(z.string()) })),
  event('LogInCodeRequested', z.object({ ...oneTimeSecret, secretLabel: z.string() })),
  /** Of the first release; tries are counted for each log-in now, outside of the customer. */
  event('LogInCodeRejected', z.object({ attempt: z.int().min(1) })),
  event('CustomerLoggedIn', z.object({})),
  event(
    'CustomerSpendingUpdated',
    z.object({
      orderId: z.string(),
      /** The shop's base currency, in whose minor units the amounts are; missing in events of before. */
      currency: currencySchema.optional(),
      /** Negative for a refund. */
      delta: z.int(),
      /** All refunds of the order so far, where the order reported it. */
      refundedTotal: z.int().min(0).optional(),
      /** Of the refunds, as the order counts their changes: they become fewer when a bank sends one back. */
      revision: z.int().min(1).optional(),
      spending12m: z.int().min(0),
      /** The order was in a currency without a rate: it counts as an order, and as no spending. */
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
  /** Who stays away is offered something: a personal promotion, which is created next. */
  event(
    'RetentionOfferMade',
    z.object({
      promotionCode: z.string(),
      percent: z.number(),
      /** Until when the promotion can be used. */
      endsAt: instantSchema,
      /** Whether the customer agreed to offers by mail; without it the offer stands, and no mail is sent. */
      consented: z.boolean(),
      ...decisionsField,
    }),
  ),
  /** The promotion of the offer exists, so a mail may name it; `toBeMailed` says whether one will. */
  event('RetentionPromotionIssued', z.object({ promotionCode: z.string(), toBeMailed: z.boolean() })),
  /** The mailer took the mail with the offer. */
  event('RetentionOfferSent', z.object({ promotionCode: z.string() })),
  /** Points for a delivered order, which cannot be spent before the order is completed. */
  event(
    'RewardPointsAccrued',
    z.object({
      lotId,
      orderId: z.string(),
      points: z.int().min(1),
      /** What they are given for, in minor units of the base currency. */
      netPaid: z.int().min(0),
      tier: tierSchema,
      ...decisionsField,
    }),
  ),
  /** Points that can be spent; those of a pending lot are meant when it has the same id. */
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
      /** Points of an order can be spent from its completion on; they lapse 12 months later. */
      activeFrom: instantSchema,
      expiresAt: instantSchema,
      ...decisionsField,
    }),
  ),
  /** Points that pay for an order, taken oldest lot first. */
  event(
    'RewardPointsRedeemed',
    z.object({ orderId: z.string(), points: z.int().min(1), lots: lotShares, ...decisionsField }),
  ),
  /** The order that they paid for did not come about: they go back to their lots. */
  event(
    'RewardPointsRestored',
    z.object({
      orderId: z.string(),
      points: z.int().min(0),
      lots: lotShares,
      /** Points that cannot go back, because their lot has lapsed in the meantime. */
      lapsed: z.int().min(0).optional(),
    }),
  ),
  /** The 12 months of these lots are over. */
  event('RewardPointsExpired', z.object({ points: z.int().min(1), lots: lotShares })),
  /** Money of an order went back, and with it the points that were given for it. */
  event(
    'RewardPointsClawedBack',
    z.object({
      orderId: z.string(),
      /** Zero when none were given for it yet, or none are left to take. */
      points: z.int().min(0),
      /** The order's own lot first, then others, oldest first. */
      lots: lotShares,
      /** What was paid for the order and what has gone back of it so far, in minor units of the base currency. */
      paid: z.int().min(0),
      refundedTotal: z.int().min(0),
      /** Points of this order that are spent already, and that no other lot could make up for. */
      shortfall: z.int().min(0),
      revision: z.int().min(1).optional(),
      ...decisionsField,
    }),
  ),
  /** A refund came back from the bank: of the points that it had cost, those that the rest earns are given again. */
  event(
    'RewardPointsReinstated',
    z.object({
      orderId: z.string(),
      lotId: z.string(),
      /** Zero when none had been taken. */
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
  /** All personal data is gone; `emailHash` names the claim on the address, which is free from now on. */
  event('CustomerErased', z.object({ reason: z.enum(erasureReasons).optional(), emailHash: z.string() })),
  /** What others knew of an erased customer is gone too, but for orders that are still under way. */
  event('PersonalDataSwept', z.object({ ...erasureResultSchema.shape })),
  /** Orders were under way, or so new that no list named them yet: it is time to look again. */
  event('PersonalDataSweepDue', z.object({})),
])
export type CustomerEvent = z.infer<typeof customerEvent>
/** The data of one event by its name. */
export type CustomerEventData<Type extends CustomerEvent['type']> = Extract<
  CustomerEvent,
  { type: Type }
>['data']
