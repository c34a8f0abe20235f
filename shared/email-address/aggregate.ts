import type { Aggregate } from '../core/aggregate.ts'
import { type EmailAddressCommand, emailAddressCommand } from '../customer/commands.ts'
import { customerRefusals } from '../customer/refusals.ts'
import { decide, evolve, react } from './claim.ts'
import { type EmailAddressEvent, emailAddressEvent } from './events.ts'
import { type EmailAddress, emailAddressSchema } from './state.ts'
import { upcasters } from './upcast.ts'

/** The claim on one e-mail address, named by its hash: it assigns the address to one customer at most. */
export const emailAddress: Aggregate<EmailAddress, EmailAddressCommand, EmailAddressEvent> = {
  kind: 'email_address',
  context: 'customer',
  command: emailAddressCommand,
  event: emailAddressEvent,
  refusals: customerRefusals,
  state: emailAddressSchema,
  stateVersion: 3,
  evolve,
  decide,
  react,
  upcasters,
}
