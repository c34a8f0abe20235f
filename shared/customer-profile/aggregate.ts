import type { Aggregate } from '../core/aggregate.ts'
import { orderRefusals } from '../order/refusals.ts'
import { type CustomerProfileCommand, customerProfileCommand } from './commands.ts'
import { type CustomerProfileEvent, customerProfileEvent } from './events.ts'
import { decide, evolve, react } from './profile.ts'
import { type CustomerProfile, customerProfileSchema } from './state.ts'

/**
 * The order context's own profile of a customer, named by the customer's id: what it prices with, which
 * orders there are, and which of them wait for their payment. One object decides how many may.
 */
export const customerProfile: Aggregate<CustomerProfile, CustomerProfileCommand, CustomerProfileEvent> = {
  kind: 'customer_profile',
  context: 'order',
  command: customerProfileCommand,
  event: customerProfileEvent,
  refusals: orderRefusals,
  state: customerProfileSchema,
  stateVersion: 1,
  evolve,
  decide,
  react,
}
