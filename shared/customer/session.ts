import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { plus } from '../core/time.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import { type Customer, openLogIns, recentLogInRequests } from './state.ts'

/**
 * Makes a one-time code beside those that are open. Refused: `customer_suspended`, `customer_not_active`,
 * `too_many_codes`.
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
 * Spends the codes that are open, by any one of them: a stranger who asks for another makes the earlier ones
 * stop no sooner. How often somebody may try is counted where log-ins are told apart, not here, as no stranger's
 * tries may bring a customer's log-in to an end. Refused: `code_wrong`, whatever it is that does not hold.
 */
export function completeSession(
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
