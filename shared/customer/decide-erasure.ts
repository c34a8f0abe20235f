import { accept, type Decision } from '../core/refusal.ts'
import type { CustomerCommand, CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
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

/** Refusing parks the effect, so that an operator learns that something is left. */
function recordSwept({ outcome }: CustomerCommandOf<'RecordPersonalDataSwept'>): Decision<CustomerEvent> {
  return outcome.ok
    ? accept({ type: 'PersonalDataSwept', data: outcome.value })
    : refuse('erasure_incomplete', outcome.refusal.detail)
}

/**
 * What an erased customer says to a command. What orders, reviews and the customer's own effects and timers
 * still report is taken and has no consequence: that it comes is no defect, and nothing is left to reward.
 * Everything else is refused with `customer_erased`.
 */
export function decideErased(command: CustomerCommand): Decision<CustomerEvent> {
  switch (command.type) {
    case 'RecordPersonalDataSwept':
      return recordSwept(command)
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
