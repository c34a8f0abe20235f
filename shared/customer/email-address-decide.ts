import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import type { EmailAddressCommand } from './commands.ts'
import type { EmailAddressEvent } from './email-address-events.ts'
import { type EmailAddress, holderOf } from './email-address-state.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'

/**
 * Decides one command on the claim on an address. Refused with `email_taken` when another customer has it,
 * and with `email_not_claimed` when a claim that never was is to end.
 */
export function decide(
  command: EmailAddressCommand,
  state: EmailAddress | null,
  context: DecisionContext,
): Decision<EmailAddressEvent> {
  const { customerId } = command
  switch (command.type) {
    case 'ClaimEmailAddress':
      return claim(customerId, state, context.now)
    case 'ConfirmEmailAddress':
      return confirm(customerId, state, context.now)
    case 'ReleaseEmailAddress':
      if (!state) return refuseUnclaimed()
      return isHeldBy(customerId, state) ? accept(released(customerId, 'given_up')) : accept()
    case 'LapseEmailAddressClaim':
      if (!state) return refuseUnclaimed()
      return hasRunOut(state, context.now) && isHeldBy(customerId, state)
        ? accept(released(customerId, 'claim_lapsed'))
        : accept()
  }
}

function claim(customerId: string, state: EmailAddress | null, now: Instant): Decision<EmailAddressEvent> {
  const holder = holderOf(state, now)
  if (holder === customerId) return accept()
  if (holder !== null) return refuseTaken()
  const claimed: EmailAddressEvent = {
    type: 'EmailAddressClaimed',
    data: { customerId, confirmBy: plus(now, customerRules.emailClaimLifetime) },
  }
  return accept(...lapsed(state), claimed)
}

/**
 * A claim that has run out is confirmed all the same while nobody else has come for the address: the
 * registration that it was for exists by now.
 */
function confirm(customerId: string, state: EmailAddress | null, now: Instant): Decision<EmailAddressEvent> {
  if (state?.status === 'confirmed' && state.customerId === customerId) return accept()
  // Late: a customer who was erased in the meantime must not keep an address from others.
  if (state?.status === 'free' && state.givenUpBy === customerId) return accept()
  const holder = holderOf(state, now)
  if (holder !== null && holder !== customerId) return refuseTaken()
  const confirmed: EmailAddressEvent = { type: 'EmailAddressConfirmed', data: { customerId } }
  return isHeldBy(customerId, state) ? accept(confirmed) : accept(...lapsed(state), confirmed)
}

/** A claim whose timer is late does not hold an address any longer than one whose timer was on time. */
function lapsed(state: EmailAddress | null): EmailAddressEvent[] {
  return state?.status === 'claimed' ? [released(state.customerId, 'claim_lapsed')] : []
}

function released(customerId: string, reason: 'given_up' | 'claim_lapsed'): EmailAddressEvent {
  return { type: 'EmailAddressReleased', data: { customerId, reason } }
}

function isHeldBy(customerId: string, state: EmailAddress | null): boolean {
  return state !== null && state.status !== 'free' && state.customerId === customerId
}

function hasRunOut(state: EmailAddress | null, now: Instant): boolean {
  return state?.status === 'claimed' && state.confirmBy <= now
}

function refuseTaken(): Decision<never> {
  return refuse('email_taken', 'Another customer has this e-mail address.')
}

function refuseUnclaimed(): Decision<never> {
  return refuse('email_not_claimed', 'Nobody has ever claimed this e-mail address.')
}
