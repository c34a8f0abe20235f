import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { type CustomerCommand, customerCommand } from './commands.ts'
import { decideErased, erasure } from './erasure.ts'
import { type CustomerEvent, customerEvent } from './events.ts'
import { customerListing } from './listing.ts'
import { clawBack } from './loyalty/claw-back.ts'
import { earning } from './loyalty/earning.ts'
import { expiry } from './loyalty/expiry.ts'
import { redemption } from './loyalty/redemption.ts'
import { retention } from './loyalty/retention.ts'
import { segment } from './loyalty/segment.ts'
import { pruneLoyalty } from './loyalty/state.ts'
import { tier } from './loyalty/tier.ts'
import { paymentAttempts } from './payment-attempts.ts'
import { profile } from './profile.ts'
import { personalData } from './redact.ts'
import { customerRefusals, refuse } from './refusals.ts'
import { registration } from './registration.ts'
import { session } from './session.ts'
import { standing } from './standing.ts'
import { type Customer, customerSchema } from './state.ts'
import { upcasters } from './upcast.ts'
import { welcome } from './welcome.ts'

const features = [
  registration,
  welcome,
  session,
  profile,
  standing,
  tier,
  segment,
  retention,
  earning,
  redemption,
  expiry,
  clawBack,
  paymentAttempts,
  erasure,
] as const
const { evolve, decide, react } = combineFeatures<Customer, CustomerCommand, CustomerEvent, typeof features>(
  features,
  ({ id }) => refuse('customer_not_found', `There is no customer ${id}.`),
)

/** A customer: registration, log-in, profile and loyalty. */
export const customer: Aggregate<Customer, CustomerCommand, CustomerEvent> = {
  kind: 'customer',
  context: 'customer',
  idPrefix: 'cus',
  command: customerCommand,
  event: customerEvent,
  refusals: customerRefusals,
  state: customerSchema,
  stateVersion: 5,
  evolve,
  decide(command, state, context) {
    if (!state || command.type === 'RegisterCustomer') return decide(command, state, context)
    if (state.status === 'erased') return decideErased(command, state, context)
    return decide(command, { ...state, loyalty: pruneLoyalty(state.loyalty, context.now) }, context)
  },
  react,
  upcasters,
  personalData,
  listing: customerListing,
}
