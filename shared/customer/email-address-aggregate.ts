import type { Aggregate } from '../core/aggregate.ts'
import { type EmailAddressCommand, emailAddressCommand } from './commands.ts'
import { decide } from './email-address-decide.ts'
import { type EmailAddressEvent, emailAddressEvent } from './email-address-events.ts'
import { react } from './email-address-process.ts'
import { type EmailAddress, emailAddressSchema, evolve } from './email-address-state.ts'
import { upcasters } from './email-address-upcast.ts'

/** The claim on one e-mail address, named by a hash of it: what makes an address belong to one customer. */
export const emailAddress: Aggregate<EmailAddress, EmailAddressCommand, EmailAddressEvent> = {
  kind: 'email_address',
  context: 'customer',
  command: emailAddressCommand,
  event: emailAddressEvent,
  state: emailAddressSchema,
  stateVersion: 3,
  evolve,
  decide,
  react,
  upcasters,
}
