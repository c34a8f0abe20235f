import type { DecisionContext } from '../core/aggregate.ts'
import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { erasePersonalDataElsewhere } from '../core/erasure.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import { type CustomerCommand, type CustomerCommandOf, type ReplyOf, toEmailAddress } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import { reportStanding } from './standing.ts'
import { type Customer, type CustomerFeature, timers } from './state.ts'

/** Erasure removes all personal data: here at once, in other contexts by a sweep that repeats until nothing is left. */
export const erasure = {
  evolve: {
    CustomerErased: (state, _, at) => erasedCustomer(state, at),
    PersonalDataSwept: (state) => state,
    PersonalDataSweepDue: (state) => state,
  },
  decide: {
    EraseCustomer: eraseCustomer,
    RecordPersonalDataSwept: refuseSweep,
    SweepPersonalData: refuseSweep,
  },
  react: {
    CustomerErased: ({ emailHash }, state, { id, at }) => [
      send(toEmailAddress(emailHash, { type: 'ReleaseEmailAddress', customerId: id })),
      sweep(id),
      sweepAgain(at),
      ...Object.values(timers).map((timer) => unschedule(timer)),
      reportStanding('status', state, at, id),
    ],
    PersonalDataSwept: ({ open }, _, { at }) => (open > 0 ? [sweepAgain(at)] : []),
    PersonalDataSweepDue: (_, __, { id }) => [sweep(id)],
  },
} satisfies CustomerFeature

/** Accounting needs the ids, amounts and times of the loyalty account. */
export function erasedCustomer(state: Customer, erasedAt: Instant): Customer {
  const { registeredAt, verification, loyalty, segment } = state
  return {
    status: 'erased',
    email: '',
    emailHash: '',
    profile: { name: '', addresses: [], marketingConsent: false },
    registeredAt,
    erasedAt,
    verification: { ...verification, secretHash: '', used: true },
    logIns: [],
    logInRequests: [],
    loyalty,
    segment,
    paymentAttempts: [],
  }
}

/** Removes all personal data, and releases the e-mail address. */
function eraseCustomer(
  { reason }: CustomerCommandOf<'EraseCustomer'>,
  { emailHash }: Customer,
): Decision<CustomerEvent> {
  return accept({ type: 'CustomerErased', data: { ...(reason && { reason }), emailHash } })
}

function refuseSweep(): Decision<never> {
  return refuse('customer_not_erased', 'Nobody has asked to erase the customer.')
}

/**
 * Decides a command on an erased customer. Late reports of orders, reviews and the customer's own effects and timers
 * are expected: they are accepted and change nothing. Everything else is refused with `customer_erased`.
 */
export function decideErased(
  command: CustomerCommand,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  switch (command.type) {
    case 'VerifyEmail':
      return verifyEnded(command, state, context)
    case 'RecordPersonalDataSwept':
      return recordSwept(command, state, context)
    case 'SweepPersonalData':
      return accept({ type: 'PersonalDataSweepDue', data: {} })
    case 'RecordEmailClaim':
    case 'SupersedeRegistration':
    case 'LapseRegistration':
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

/** Only the holder of a lapsed registration's token is informed that it has expired. */
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
 * A refusal parks the effect, so that an operator sees what is left: data that could not be erased, or orders still
 * under way long after a parcel should have arrived.
 */
function recordSwept(
  { outcome }: CustomerCommandOf<'RecordPersonalDataSwept'>,
  { erasedAt }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  if (!outcome.ok) return refuse('erasure_incomplete', outcome.refusal.detail)
  const { open } = outcome.value
  const isOverdue = erasedAt !== undefined && plus(erasedAt, customerRules.sweepOverdueAfterMs) <= now
  return open > 0 && isOverdue
    ? refuse('erasure_incomplete', `${open} orders are still under way since the erasure of ${erasedAt}.`, {
        open,
      })
    : accept({ type: 'PersonalDataSwept', data: outcome.value })
}

/** Erases the customer's data in other contexts. */
export function sweep(customerId: string): Effect {
  return erasePersonalDataElsewhere(customerId, {
    type: 'RecordPersonalDataSwept',
  } satisfies ReplyOf<'RecordPersonalDataSwept'>)
}

/** Also where nothing was open: the lists may lag behind an order of the last seconds. */
function sweepAgain(at: Instant): Effect {
  return schedule('personal-data-sweep', plus(at, customerRules.sweepIntervalMs), {
    type: 'SweepPersonalData',
  })
}
