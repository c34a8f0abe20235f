import type { Aggregate } from '../core/aggregate.ts'
import { type CustomerCommand, customerCommand } from './commands.ts'
import { decide } from './decide.ts'
import { type CustomerEvent, customerEvent } from './events.ts'
import { customerListing } from './listing.ts'
import { react } from './process.ts'
import { personalData } from './redact.ts'
import { type Customer, customerSchema, evolve } from './state.ts'
import { upcasters } from './upcast.ts'

/** A customer: registration, log-in, profile and loyalty. */
export const customer: Aggregate<Customer, CustomerCommand, CustomerEvent> = {
  kind: 'customer',
  context: 'customer',
  command: customerCommand,
  event: customerEvent,
  state: customerSchema,
  stateVersion: 5,
  evolve,
  decide,
  react,
  upcasters,
  personalData,
  listing: customerListing,
}
