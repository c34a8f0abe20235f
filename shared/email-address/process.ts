import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { type EmailAddressCommand, toCustomer } from '../customer/commands.ts'
import type { EmailAddressEvent } from './events.ts'

const lapse = 'lapse'

/**
 * What follows for an address: a claim lapses by timer unless it is confirmed or given up before, and whoever
 * loses it to another registration hears of it.
 */
export function react(event: EmailAddressEvent): readonly Effect[] {
  switch (event.type) {
    case 'EmailAddressClaimed': {
      const { customerId, confirmBy } = event.data
      const command: EmailAddressCommand = { type: 'LapseEmailAddressClaim', customerId }
      return [schedule(lapse, confirmBy, command)]
    }
    case 'EmailAddressConfirmed':
      return [unschedule(lapse)]
    case 'EmailAddressReleased': {
      const { customerId, reason } = event.data
      const superseded = send(toCustomer(customerId, { type: 'SupersedeRegistration' }))
      return reason === 'superseded' ? [unschedule(lapse), superseded] : [unschedule(lapse)]
    }
  }
}
