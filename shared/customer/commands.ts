import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import { type CommandStep, callOutcomeSchema, commandsOutcomeSchema } from '../core/effect.ts'
import { command } from '../core/event.ts'
import { moneySchema } from '../core/money.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'

const name = z.string().trim().min(1).max(200)
const mailOutcome = callOutcomeSchema(z.object({ messageId: z.string() }))

export const customerCommand = z.discriminatedUnion('type', [
  command('RegisterCustomer', {
    /** Already normalised (`normalizeEmail`), and claimed for this customer. */
    email: z.string(),
    /** Names the object that holds the claim; a hash, because an address must not stand in its log. */
    emailHash: z.string(),
    name,
    birthDate: z.iso.date().optional(),
    marketingConsent: z.boolean().optional(),
  }),
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
    addresses: z.array(addressSchema).max(20).optional(),
    marketingConsent: z.boolean().optional(),
  }),
  command('UpdateSpending', {
    orderId: z.string().min(1).max(100),
    /** Minor units; negative for a refund. Once per order and direction. */
    delta: z.int().min(-100_000_000).max(100_000_000),
  }),
  /** Points for a delivered order: the tier's rate of what was paid, rounded down. */
  command('EarnPoints', { orderId: z.string(), netPaid: moneySchema }),
  command('RedeemPoints', { orderId: z.string(), points: z.int().min(1), subtotal: moneySchema }),
  /** Points that were never taken for this order are no error. */
  command('RestorePoints', { orderId: z.string() }),
  command('SuspendCustomer', { reason: z.string().max(200).optional() }),
])
export type CustomerCommand = z.infer<typeof customerCommand>
/** One command on a customer by its name. */
export type CustomerCommandOf<Type extends CustomerCommand['type']> = Extract<CustomerCommand, { type: Type }>

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
  /** Held for a minute unless confirmed, so that a crash before the registration does not lock the address. */
  command('ClaimEmailAddress', { customerId: z.string() }),
  command('ConfirmEmailAddress', { customerId: z.string() }),
  command('ReleaseEmailAddress', { customerId: z.string() }),
  command('LapseEmailAddressClaim', { customerId: z.string() }),
])
export type EmailAddressCommand = z.infer<typeof emailAddressCommand>

/** A command for the object of one address. */
export function toEmailAddress(addressHash: string, command: EmailAddressCommand): CommandStep {
  return { to: { kind: 'email_address', id: addressHash }, command }
}
