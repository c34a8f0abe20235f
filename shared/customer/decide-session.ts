import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision, recorded } from '../core/refusal.ts'
import { plus } from '../core/time.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import { type Customer, recentLogInRequests } from './state.ts'

/**
 * Makes a one-time code that takes the place of an older one. Refused: `customer_suspended`,
 * `customer_not_active`, `too_many_codes`.
 */
export function startSession(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  if (state.status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (state.status === 'pending') return refuse('customer_not_active', 'The address is not verified yet.')
  const { codesPerHour, lifetime } = customerRules.logInCode
  if (recentLogInRequests(state, context.now).length >= codesPerHour)
    return refuse('too_many_codes', `${codesPerHour} codes were mailed within the last hour.`)
  const secretLabel = `log-in/${context.nextVersion}`
  return accept({
    type: 'LogInCodeRequested',
    data: {
      secretLabel,
      secretHash: context.secrets.hash(context.secrets.digits(secretLabel)),
      expiresAt: plus(context.now, lifetime),
    },
  })
}

/**
 * Spends the code. Refused: `customer_suspended`, `code_invalid` (none is open), `code_expired`,
 * `code_exhausted`, `code_wrong`; a wrong code is recorded, so that only five can be tried.
 */
export function completeSession(
  command: CustomerCommandOf<'CompleteSession'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  if (state.status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  const { logIn } = state
  if (!logIn) return refuse('code_invalid', 'No log-in code is open.')
  if (logIn.expiresAt <= context.now)
    return refuse('code_expired', `The code worked until ${logIn.expiresAt}.`)
  const { tries } = customerRules.logInCode
  if (logIn.rejected >= tries) return refuse('code_exhausted', `The code was tried ${tries} times.`)
  if (context.secrets.hash(command.code) === logIn.secretHash)
    return accept({ type: 'CustomerLoggedIn', data: {} })
  const attempt = logIn.rejected + 1
  return recorded(
    refuse('code_wrong', 'The code is not the one that was mailed.', { triesLeft: tries - attempt }),
    {
      type: 'LogInCodeRejected',
      data: { attempt },
    },
  )
}
