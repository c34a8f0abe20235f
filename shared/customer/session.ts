import type { DecisionContext } from '../core/aggregate.ts'
import type { Effect } from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { HOUR, type Instant, plus } from '../core/time.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Customer, CustomerFeature } from './state.ts'

/** Log-in with a one-time code sent by mail. */
export const session = {
  evolve: {
    LogInCodeRequested: (state, data, at) => ({
      ...state,
      logIns: [...openLogIns(state, at), data],
      logInRequests: [...recentLogInRequests(state, at), at],
    }),
    LogInCodeRejected: (state) => state,
    CustomerLoggedIn: (state) => ({ ...state, logIns: [] }),
  },
  decide: {
    StartSession: (_, state, context) => startSession(state, context),
    CompleteSession: completeSession,
  },
  react: {
    LogInCodeRequested: ({ secretLabel }, _, { id }) => [logInMail(secretLabel, id)],
  },
} satisfies CustomerFeature

/** The log-in codes that are valid at a time. */
function openLogIns({ logIns }: Customer, now: Instant): Customer['logIns'] {
  return logIns.filter(({ expiresAt }) => expiresAt > now)
}

/** The log-in codes requested within the hour before a time. */
function recentLogInRequests({ logInRequests }: Customer, now: Instant): Instant[] {
  const since = plus(now, -HOUR)
  return logInRequests.filter((at) => at > since)
}

/**
 * Makes a one-time code in addition to the open ones. Refused: `customer_suspended`, `customer_not_active`,
 * `too_many_codes`.
 */
function startSession(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  if (state.status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (state.status === 'pending') return refuse('customer_not_active', 'The address is not verified yet.')
  const { codesPerHour, lifetimeMs } = customerRules.logInCode
  if (recentLogInRequests(state, context.now).length >= codesPerHour)
    return refuse('too_many_codes', `${codesPerHour} codes were mailed within the last hour.`)
  const secretLabel = `log-in/${context.nextVersion}`
  return accept({
    type: 'LogInCodeRequested',
    data: {
      secretLabel,
      secretHash: context.secrets.hash(context.secrets.digits(secretLabel)),
      expiresAt: plus(context.now, lifetimeMs),
    },
  })
}

/**
 * Consumes all open codes, given any one of them: a third party who requests another does not invalidate earlier ones.
 * The API counts the attempts per log-in, not here: a third party's attempts must not end a customer's log-in.
 * Refused: `code_wrong`, whatever the reason.
 */
function completeSession(
  command: CustomerCommandOf<'CompleteSession'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const hash = context.secrets.hash(command.code)
  const holds = openLogIns(state, context.now).some(({ secretHash }) => secretHash === hash)
  return state.status === 'active' && holds
    ? accept({ type: 'CustomerLoggedIn', data: {} })
    : refuse('code_wrong', 'This is no code that was mailed within the last ten minutes.')
}

function logInMail(secretLabel: string, customerId: string): Effect {
  return mail({
    customerId,
    template: 'log_in_code',
    variables: {},
    secret: { as: 'code', form: 'digits', label: secretLabel },
  })
}
