import type { DecisionContext } from '../core/aggregate.ts'
import type { Decision } from '../core/refusal.ts'
import type { CustomerCommand, CustomerCommandOf } from './commands.ts'
import { decideErased, eraseCustomer, suspendCustomer } from './erasure.ts'
import type { CustomerEvent } from './events.ts'
import { clawBackPoints } from './loyalty/claw-back.ts'
import {
  accruePoints,
  afterExpiry,
  earnBonusPoints,
  earnPoints,
  expirePoints,
  redeemPoints,
  restorePoints,
} from './loyalty/earning.ts'
import { recordRetentionPromotion, recordRetentionSent } from './loyalty/retention.ts'
import { remember } from './loyalty/state.ts'
import { reviewSegment, reviewTier, updateSpending } from './loyalty/tier.ts'
import { recordPaymentAttempt } from './payment-attempts.ts'
import { updateProfile } from './profile.ts'
import { refuse } from './refusals.ts'
import {
  lapseRegistration,
  recordEmailClaim,
  recordVerificationSent,
  recordWelcomePromotion,
  recordWelcomeSent,
  registerCustomer,
  resendVerification,
  supersedeRegistration,
  verifyEmail,
} from './registration.ts'
import { completeSession, startSession } from './session.ts'
import type { Customer } from './state.ts'

/** Decides one command on a customer. Refusals: see `refusals.ts`. */
export function decide(
  command: CustomerCommand,
  state: Customer | null,
  context: DecisionContext,
): Decision<CustomerEvent> {
  if (command.type === 'RegisterCustomer') return registerCustomer(command, state, context)
  if (!state) return refuse('customer_not_found', `There is no customer ${context.id}.`)
  if (state.status === 'erased') return decideErased(command, state, context)
  return decidePresent(command, { ...state, loyalty: remember(state.loyalty, context.now) }, context)
}

/** Decides on what a customer is and still remembers. */
function decidePresent(
  command: Exclude<CustomerCommand, { type: 'RegisterCustomer' }>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  switch (command.type) {
    case 'RecordEmailClaim':
      return recordEmailClaim(command, state)
    case 'SupersedeRegistration':
      return supersedeRegistration(state)
    case 'LapseRegistration':
      return lapseRegistration(state, context)
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
    case 'RecordRetentionPromotion':
      return recordRetentionPromotion(command, state)
    case 'RecordRetentionSent':
      return recordRetentionSent(command, state)
    case 'UpdateSpending':
      return updateSpending(command, state, context)
    case 'ReviewTier':
      return reviewTier(state, context)
    case 'ReviewSegment':
      return reviewSegment(state, context)
    case 'AccruePoints':
    case 'EarnPoints':
    case 'EarnBonusPoints':
    case 'RedeemPoints':
    case 'RestorePoints':
    case 'ClawBackPoints':
      return afterExpiry(state, context, (present) => decidePoints(command, present, context))
    case 'ExpirePoints':
      return expirePoints(state, context)
    case 'RecordPaymentAttempt':
      return recordPaymentAttempt(command, state, context)
    case 'SuspendCustomer':
      return suspendCustomer(command, state)
    case 'EraseCustomer':
      return eraseCustomer(command, state)
    case 'RecordPersonalDataSwept':
    case 'SweepPersonalData':
      return refuse('customer_not_erased', 'Nobody has asked to erase the customer.')
  }
}

type PointCommand = CustomerCommandOf<
  'AccruePoints' | 'EarnPoints' | 'EarnBonusPoints' | 'RedeemPoints' | 'RestorePoints' | 'ClawBackPoints'
>

function decidePoints(
  command: PointCommand,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  switch (command.type) {
    case 'AccruePoints':
      return accruePoints(command, state, context)
    case 'EarnPoints':
      return earnPoints(command, state, context)
    case 'EarnBonusPoints':
      return earnBonusPoints(command, state, context)
    case 'RedeemPoints':
      return redeemPoints(command, state, context)
    case 'RestorePoints':
      return restorePoints(command, state, context)
    case 'ClawBackPoints':
      return clawBackPoints(command, state, context)
  }
}
