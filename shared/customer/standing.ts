import { type Effect, send } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { Instant } from '../core/time.ts'
import { toCustomerProfile } from '../customer-profile/commands.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import type { Customer, CustomerFeature } from './state.ts'

/** Whether a customer may order, and on which terms: the order context has a copy of it. */
export const standing = {
  evolve: { CustomerSuspended: (state) => ({ ...state, logIns: [], status: 'suspended' }) },
  decide: { SuspendCustomer: suspendCustomer },
  react: {
    CustomerSuspended: (_, state, { id, at }) => [reportStanding('status', state, at, id)],
  },
} satisfies CustomerFeature

/** Suspends a customer, who can then neither log in, order nor spend points. */
function suspendCustomer(
  command: CustomerCommandOf<'SuspendCustomer'>,
  state: Customer,
): Decision<CustomerEvent> {
  if (state.status === 'suspended') return accept()
  const { type: _, ...data } = command
  return accept({ type: 'CustomerSuspended', data })
}

/** The order context prices with it, and cancels orders that await payment when the customer may no longer order. */
export function reportStanding(
  changed: 'all' | 'tier' | 'segment' | 'status',
  { status, loyalty: { tier }, segment }: Customer,
  asOf: Instant,
  customerId: string,
): Effect {
  // An unverified customer cannot order: the order context has no such status.
  const standing = { status: status === 'pending' ? 'active' : status, tier, segment } as const
  return send(toCustomerProfile(customerId, { type: 'UpdateStanding', ...standing, changed, asOf }))
}
