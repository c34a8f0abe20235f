import { z } from 'zod'
import { completeAddressSchema } from '../core/address/address.ts'
import { type CommandStep, callOutcomeSchema, commandsOutcomeSchema } from '../core/effect.ts'
import { erasureResultSchema } from '../core/erasure.ts'
import { command } from '../core/event.ts'
import { exchangeSchema } from '../core/money/exchange.ts'
import { currencySchema, MAX_AMOUNT, moneySchema } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'
import { erasureReasons } from './events.ts'

const name = z.string().trim().min(1).max(200)
/**
 * At which rate the order counts, as it noted it when it was made; `null`: there was none. Missing: today's rate,
 * where the amounts are not in the base currency anyway.
 */
const exchange = exchangeSchema.nullable().optional()
/** Of bare amounts; missing: they are in the base currency. */
const currency = currencySchema.optional()

const mailOutcome = callOutcomeSchema(z.object({ messageId: z.string() }))

/**
 * Grows with each refund of an order, and with each that a bank sends back: what has a higher one is newer, whatever
 * came first. Missing in what earlier releases reported, of which only higher totals counted.
 */
const revision = z.int().min(1).optional()

export const customerCommand = z.discriminatedUnion('type', [
  command('RegisterCustomer', {
    /** Already normalised (`normalizeEmail`). */
    email: z.string(),
    /** Names the object that holds the claim; a hash, because an address must not stand in its log. */
    emailHash: z.string(),
    name,
    birthDate: z.iso.date().optional(),
    marketingConsent: z.boolean().optional(),
  }),
  /** What the object of the address said to the claim that follows a registration, or a new token. */
  command('RecordEmailClaim', { outcome: commandsOutcomeSchema }),
  /** From the object of the address: somebody else has registered, or verified, the address since. */
  command('SupersedeRegistration', {}),
  /** From the timer: the verification token has ended, and the registration with it. */
  command('LapseRegistration', {}),
  command('ResendVerification', {}),
  command('RecordVerificationSent', { secretLabel: z.string(), outcome: mailOutcome }),
  command('VerifyEmail', { token: z.string().min(1).max(200) }),
  command('RecordWelcomePromotion', { promotionCode: z.string(), outcome: commandsOutcomeSchema }),
  command('RecordWelcomeSent', { promotionCode: z.string(), outcome: mailOutcome }),
  command('StartSession', {}),
  command('CompleteSession', { code: z.string().regex(/^\d{6}$/, 'must be 6 digits') }),
  command('UpdateProfile', {
    name: name.optional(),
    phone: z.string().trim().max(40).optional(),
    birthDate: z.iso.date().optional(),
    addresses: z.array(completeAddressSchema).max(20).optional(),
    marketingConsent: z.boolean().optional(),
  }),
  command('RecordRetentionPromotion', { promotionCode: z.string(), outcome: commandsOutcomeSchema }),
  command('RecordRetentionSent', { promotionCode: z.string(), outcome: mailOutcome }),
  command('UpdateSpending', {
    orderId: z.string().min(1).max(100),
    /** Minor units; negative for a refund. */
    delta: z.int().min(-MAX_AMOUNT).max(MAX_AMOUNT),
    /**
     * All refunds of the order since it was counted (minor units): only a larger total than the last
     * counts, or with a `revision` whatever is newer. Without it an order counts once per direction.
     */
    refundedTotal: z.int().min(0).max(MAX_AMOUNT).optional(),
    revision,
    currency,
    exchange,
  }),
  /** Points for a delivered order, pending until it is completed: the tier's rate of what was paid. */
  command('AccruePoints', { orderId: z.string(), netPaid: moneySchema, exchange }),
  /** The order is completed: its pending points become active; if there are none, they are earned now. */
  command('EarnPoints', { orderId: z.string(), netPaid: moneySchema, exchange }),
  /** Points for a review, active at once, once per review. */
  command('EarnBonusPoints', { reviewId: z.string(), orderId: z.string() }),
  /**
   * Takes back the points of the refunded share of an order. `paid` and `refundedTotal`, of all refunds of
   * it, are in minor units: only what leaves less of the payment than was known counts.
   */
  command('ClawBackPoints', {
    orderId: z.string(),
    paid: z.int().min(0),
    refundedTotal: z.int().min(0),
    revision,
    currency,
    exchange,
  }),
  command('RedeemPoints', {
    orderId: z.string(),
    points: z.int().min(1),
    subtotal: moneySchema,
    exchange,
  }),
  /** Points that were never taken for this order are no error. */
  command('RestorePoints', { orderId: z.string() }),
  /** From the timer: the end of the lot that lapses first has come. */
  command('ExpirePoints', {}),
  /** From the timer: the tier is decided anew when its period, or the spending that holds it, ends. */
  command('ReviewTier', {}),
  /** From the timer: time alone may have moved the customer to another segment. */
  command('ReviewSegment', {}),
  /** A payment is about to be made: notes what fraud detection wants to know of the customer, once for it. */
  command('RecordPaymentAttempt', {
    paymentId: z.string().min(1).max(100),
    orderId: z.string().min(1).max(100),
    amount: moneySchema,
  }),
  command('SuspendCustomer', { reason: z.string().max(200).optional() }),
  /** Removes all personal data for good. */
  command('EraseCustomer', { reason: z.enum(erasureReasons).optional() }),
  /** What became of the data that others had of an erased customer. Refusal: `erasure_incomplete`. */
  command('RecordPersonalDataSwept', { outcome: callOutcomeSchema(erasureResultSchema) }),
  /** From the timer: others are asked again to forget an erased customer. */
  command('SweepPersonalData', {}),
])
export type CustomerCommand = z.infer<typeof customerCommand>
/** One command on a customer by its name. */
export type CustomerCommandOf<Type extends CustomerCommand['type']> = Extract<CustomerCommand, { type: Type }>
/** A command as a reply names it: the object adds the `outcome`. */
export type ReplyOf<Type extends CustomerCommand['type']> = Omit<CustomerCommandOf<Type>, 'outcome'>

/** What an order needs to know of its buyer. */
export const customerFactsSchema = z.object({
  customerId: z.string(),
  status: z.enum(['pending', 'active', 'suspended', 'erased']),
  tier: tierSchema,
  segment: segmentSchema,
  /** No order of theirs has been delivered yet. */
  firstOrder: z.boolean(),
  pointsAvailable: z.int().min(0),
})
export type CustomerFacts = z.infer<typeof customerFactsSchema>

/** A command for one customer. */
export function toCustomer(id: string, command: CustomerCommand): CommandStep {
  return { to: { kind: 'customer', id }, command }
}

/** The object that makes one e-mail address belong to one customer at most; named by a hash of the address. */
export const emailAddressCommand = z.discriminatedUnion('type', [
  /** A registration of this time (`since`), whose token works `until` then. The newest registration counts. */
  command('ClaimEmailAddress', { customerId: z.string(), since: instantSchema, until: instantSchema }),
  /**
   * The customer has shown the token of their registration (`since`). Missing in commands of the first release,
   * which were sent for a registration that was not verified.
   */
  command('ConfirmEmailAddress', { customerId: z.string(), since: instantSchema.optional() }),
  command('ReleaseEmailAddress', { customerId: z.string() }),
  /** Ends what a registration of the first release holds that was never verified. */
  command('SupersedeEmailAddressClaim', { customerId: z.string() }),
  command('LapseEmailAddressClaim', { customerId: z.string() }),
])
export type EmailAddressCommand = z.infer<typeof emailAddressCommand>

/** A command for the object of one address. */
export function toEmailAddress(addressHash: string, command: EmailAddressCommand): CommandStep {
  return { to: { kind: 'email_address', id: addressHash }, command }
}
