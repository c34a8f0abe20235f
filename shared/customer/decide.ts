import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { CustomerCommand, CustomerCommandOf } from './commands.ts'
import { earnPoints, redeemPoints, restorePoints, updateSpending } from './decide-loyalty.ts'
import { updateProfile } from './decide-profile.ts'
import {
  recordVerificationSent,
  recordWelcomePromotion,
  recordWelcomeSent,
  registerCustomer,
  resendVerification,
  verifyEmail,
} from './decide-registration.ts'
import { completeSession, startSession } from './decide-session.ts'
import type { CustomerEvent } from './events.ts'
import { refuse } from './refusals.ts'
import type { Customer } from './state.ts'

/** Decides one command on a customer. Refusals: see `refusals.ts`. */
export function decide(
  command: CustomerCommand,
  state: Customer | null,
  context: DecisionContext,
): Decision<CustomerEvent> {
  if (command.type === 'RegisterCustomer') return registerCustomer(command, state, context)
  if (!state) return refuse('customer_not_found', `There is no customer ${context.id}.`)
  switch (command.type) {
    case 'ResendVerification':
      return resendVerification(state, context)
    case 'RecordVerificationSent':
      return recordVerificationSent(command, state)
    case 'VerifyEmail':
      return verifyEmail(command, state, context)
    case 'RecordWelcomePromotion':
      return recordWelcomePromotion(command, state)
    case 'RecordWelcomeSent':
      return recordWelcomeSent(command, state)
    case 'StartSession':
      return startSession(state, context)
    case 'CompleteSession':
      return completeSession(command, state, context)
    case 'UpdateProfile':
      return updateProfile(command, state)
    case 'UpdateSpending':
      return updateSpending(command, state, context)
    case 'EarnPoints':
      return earnPoints(command, state, context)
    case 'RedeemPoints':
      return redeemPoints(command, state, context)
    case 'RestorePoints':
      return restorePoints(command, state)
    case 'SuspendCustomer':
      return suspendCustomer(command, state)
  }
}

function suspendCustomer(
  command: CustomerCommandOf<'SuspendCustomer'>,
  state: Customer,
): Decision<CustomerEvent> {
  if (state.status === 'suspended') return accept()
  const { type: _, ...data } = command
  return accept({ type: 'CustomerSuspended', data })
}
