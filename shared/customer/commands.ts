import { z } from 'zod'
import { completeAddressSchema } from '../core/address/address.ts'
import { command } from '../core/aggregate.ts'
import { type CommandStep, callOutcomeSchema, commandsOutcomeSchema } from '../core/effect.ts'
import { erasureResultSchema } from '../core/erasure.ts'
import { exchangeSchema } from '../core/money/exchange.ts'
import { currencySchema, MAX_AMOUNT, moneySchema } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'
import { erasureReasons } from './events.ts'

const name = z.string().trim().min(1).max(200)
/**
 * The rate that the order recorded at its creation; `null`: there was none. Missing: today's rate,
 * unless the amounts are already in the base currency.
 */
const exchange = exchangeSchema.nullable().optional()
/** The currency of the amounts; missing: the base currency. */
const currency = currencySchema.optional()

const mailOutcome = callOutcomeSchema(z.object({ messageId: z.string() }))

/**
 * Grows with each refund of an order, and with each refund that a bank returns: the higher revision is newer,
 * whatever arrived first. Missing in reports of earlier releases, where only higher totals counted.
 */
const revision = z.int().min(1).optional()

export const customerCommand = z.discriminatedUnion('type', [
  command('RegisterCustomer', {
    /** Already normalised (`normalizeEmail`). */
    email: z.string(),
    /** Names the object that holds the claim; a hash, because its log must not contain the address. */
    emailHash: z.string(),
    name,
    birthDate: z.iso.date().optional(),
    marketingConsent: z.boolean().optional(),
  }),
  /** The answer of the address object to the claim after a registration or a new token. */
  command('RecordEmailClaim', { outcome: commandsOutcomeSchema }),
  /** From the address object: another customer has registered or verified the address since. */
  command('SupersedeRegistration', {}),
  /** From the timer: the verification token has expired, and the registration with it. */
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
     * counts or, with a `revision`, the newer report. Without it an order counts once per direction.
     */
    refundedTotal: z.int().min(0).max(MAX_AMOUNT).optional(),
    revision,
    currency,
    exchange,
  }),
  /** Points for a delivered order, pending until it is completed: the tier's rate applied to the amount paid. */
  command('AccruePoints', { orderId: z.string(), netPaid: moneySchema, exchange }),
  /** The order is completed: its pending points become active; without pending points, they are earned now. */
  command('EarnPoints', { orderId: z.string(), netPaid: moneySchema, exchange }),
  /** Points for a review, active at once, once per review. */
  command('EarnBonusPoints', { reviewId: z.string(), orderId: z.string() }),
  /**
   * Claws back the points of the refunded share of an order. `paid` and `refundedTotal`, of all its refunds,
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
  /** Not an error if no points were redeemed for this order. */
  command('RestorePoints', { orderId: z.string() }),
  /** From the timer: the lot with the earliest expiry has expired. */
  command('ExpirePoints', {}),
  /** From the timer: the tier is decided again when its period ends, or the spending that qualifies for it. */
  command('ReviewTier', {}),
  /** From the timer: the passage of time may have moved the customer to another segment. */
  command('ReviewSegment', {}),
  /** A payment is about to be made: records the customer's facts for fraud detection, once per payment. */
  command('RecordPaymentAttempt', {
    paymentId: z.string().min(1).max(100),
    orderId: z.string().min(1).max(100),
    amount: moneySchema,
  }),
  command('SuspendCustomer', { reason: z.string().max(200).optional() }),
  /** Removes all personal data permanently. */
  command('EraseCustomer', { reason: z.enum(erasureReasons).optional() }),
  /** The result of the erasure in other contexts. Refusal: `erasure_incomplete`. */
  command('RecordPersonalDataSwept', { outcome: callOutcomeSchema(erasureResultSchema) }),
  /** From the timer: repeats the erasure in other contexts. */
  command('SweepPersonalData', {}),
])
export type CustomerCommand = z.infer<typeof customerCommand>
/** One command on a customer by its name. */
export type CustomerCommandOf<Type extends CustomerCommand['type']> = Extract<CustomerCommand, { type: Type }>
/** The command that a reply becomes: the object adds the `outcome`. */
export type ReplyOf<Type extends CustomerCommand['type']> = Omit<CustomerCommandOf<Type>, 'outcome'>

/** The facts about its buyer that an order needs. */
export const customerFactsSchema = z.object({
  customerId: z.string(),
  status: z.enum(['pending', 'active', 'suspended', 'erased']),
  tier: tierSchema,
  segment: segmentSchema,
  /** None of the customer's orders has been delivered yet. */
  firstOrder: z.boolean(),
  pointsAvailable: z.int().min(0),
})
export type CustomerFacts = z.infer<typeof customerFactsSchema>

/** A command for one customer. */
export function toCustomer(id: string, command: CustomerCommand): CommandStep {
  return { to: { kind: 'customer', id }, command }
}

/** The object that assigns one e-mail address to at most one customer; named by a hash of the address. */
export const emailAddressCommand = z.discriminatedUnion('type', [
  /** Claims the address for a registration at `since` with a token valid until `until`. The newest one counts. */
  command('ClaimEmailAddress', { customerId: z.string(), since: instantSchema, until: instantSchema }),
  /**
   * The customer has presented the token of their registration (`since`). Missing in commands of the first release,
   * which were sent for a registration that was not verified.
   */
  command('ConfirmEmailAddress', { customerId: z.string(), since: instantSchema.optional() }),
  command('ReleaseEmailAddress', { customerId: z.string() }),
  /** Ends the claim of an unverified registration of the first release. */
  command('SupersedeEmailAddressClaim', { customerId: z.string() }),
  command('LapseEmailAddressClaim', { customerId: z.string() }),
])
export type EmailAddressCommand = z.infer<typeof emailAddressCommand>

/** A command for one address object. */
export function toEmailAddress(addressHash: string, command: EmailAddressCommand): CommandStep {
  return { to: { kind: 'email_address', id: addressHash }, command }
}
