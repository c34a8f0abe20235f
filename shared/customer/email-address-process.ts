import { type Effect, schedule, unschedule } from '../core/effect.ts'
import type { EmailAddressCommand } from './commands.ts'
import type { EmailAddressEvent } from './email-address-events.ts'

const lapse = 'lapse'

/** What follows for an address: a claim lapses by timer unless it is confirmed or given up before. */
export function react(event: EmailAddressEvent): readonly Effect[] {
  switch (event.type) {
    case 'EmailAddressClaimed': {
      const { customerId, confirmBy } = event.data
      const command: EmailAddressCommand = { type: 'LapseEmailAddressClaim', customerId }
      return [schedule(lapse, confirmBy, command)]
    }
    case 'EmailAddressConfirmed':
    case 'EmailAddressReleased':
      return [unschedule(lapse)]
  }
}
