import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { plus } from '../core/time.ts'
import type { CustomerCommand, CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Customer } from './state.ts'

/** Suspends a customer, who can then neither log in, order nor spend points. */
export function suspendCustomer(
  command: CustomerCommandOf<'SuspendCustomer'>,
  state: Customer,
): Decision<CustomerEvent> {
  if (state.status === 'suspended') return accept()
  const { type: _, ...data } = command
  return accept({ type: 'CustomerSuspended', data })
}

/** Removes all that tells of the person, and gives the e-mail address back. */
export function eraseCustomer(
  { reason }: CustomerCommandOf<'EraseCustomer'>,
  { emailHash }: Customer,
): Decision<CustomerEvent> {
  return accept({ type: 'CustomerErased', data: { ...(reason && { reason }), emailHash } })
}

/** A registration that ended with its token still says so to whoever shows it; nobody else learns anything. */
function verifyEnded(
  { token }: CustomerCommandOf<'VerifyEmail'>,
  { verification, superseded }: Customer,
  { secrets }: DecisionContext,
): Decision<CustomerEvent> {
  return secrets.hash(token) === verification.secretHash && !superseded
    ? refuse('token_expired', `The token worked until ${verification.expiresAt}.`)
    : refuse('token_invalid', 'This is not the token that was mailed last.')
}

/**
 * Refusing parks the effect, so that an operator learns that something is left: because it could not be erased, or
 * because it is still under way long after parcels arrive.
 */
function recordSwept(
  { outcome }: CustomerCommandOf<'RecordPersonalDataSwept'>,
  { erasedAt }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  if (!outcome.ok) return refuse('erasure_incomplete', outcome.refusal.detail)
  const { open } = outcome.value
  const isOverdue = erasedAt !== undefined && plus(erasedAt, customerRules.sweepOverdueAfter) <= now
  return open > 0 && isOverdue
    ? refuse('erasure_incomplete', `${open} orders are still under way since the erasure of ${erasedAt}.`, {
        open,
      })
    : accept({ type: 'PersonalDataSwept', data: outcome.value })
}

/**
 * What an erased customer says to a command. What orders, reviews and the customer's own effects and timers
 * still report is taken and has no consequence: that it comes is no defect, and nothing is left to reward.
 * Everything else is refused with `customer_erased`.
 */
export function decideErased(
  command: CustomerCommand,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  switch (command.type) {
    case 'VerifyEmail':
      return verifyEnded(command, state, context)
    case 'RecordEmailClaim':
    case 'SupersedeRegistration':
    case 'LapseRegistration':
      return accept()
    case 'RecordPersonalDataSwept':
      return recordSwept(command, state, context)
    case 'SweepPersonalData':
      return accept({ type: 'PersonalDataSweepDue', data: {} })
    case 'EraseCustomer':
    case 'RecordVerificationSent':
    case 'RecordWelcomePromotion':
    case 'RecordWelcomeSent':
    case 'RecordRetentionPromotion':
    case 'RecordRetentionSent':
    case 'UpdateSpending':
    case 'AccruePoints':
    case 'EarnPoints':
    case 'EarnBonusPoints':
    case 'ClawBackPoints':
    case 'RestorePoints':
    case 'ExpirePoints':
    case 'ReviewTier':
    case 'ReviewSegment':
      return accept()
    default:
      return refuse('customer_erased', 'The customer has been erased.')
  }
}
