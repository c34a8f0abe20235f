import type { DecisionContext } from '../core/aggregate.ts'
import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { Instant } from '../core/time.ts'
import { type EmailAddressCommand, toCustomer } from '../customer/commands.ts'
import { refuse } from '../customer/refusals.ts'
import type { EmailAddressEvent } from './events.ts'
import type { EmailAddress } from './state.ts'

/** Folds one event into the claim on an address. */
export function evolve(_state: EmailAddress | null, event: EmailAddressEvent): EmailAddress {
  const { customerId } = event.data
  switch (event.type) {
    case 'EmailAddressClaimed':
      return { status: 'claimed', ...event.data }
    case 'EmailAddressConfirmed':
      return { status: 'confirmed', ...event.data }
    case 'EmailAddressReleased':
      return event.data.reason === 'given_up' ? { status: 'free', givenUpBy: customerId } : { status: 'free' }
  }
}

/**
 * Decides one command on the claim on an address: the newest registration holds it until its token expires, and
 * permanently once the token is presented. Refused with `email_taken` when another customer has verified
 * it, with `registration_superseded` when another has registered later, and with `email_not_claimed` when the
 * claim to end does not exist.
 */
export function decide(
  command: EmailAddressCommand,
  state: EmailAddress | null,
  context: DecisionContext,
): Decision<EmailAddressEvent> {
  const { customerId } = command
  switch (command.type) {
    case 'ClaimEmailAddress':
      return claim(command, state, context.now)
    case 'ConfirmEmailAddress':
      return confirm(command, state, context.now)
    case 'ReleaseEmailAddress':
      if (!state) return refuseUnclaimed()
      return isHeldBy(customerId, state) ? accept(released(customerId, 'given_up')) : accept()
    case 'SupersedeEmailAddressClaim':
      if (!state) return refuseUnclaimed()
      return state.status === 'confirmed' && !state.verified && isHeldBy(customerId, state)
        ? accept(released(customerId, 'superseded'))
        : accept()
    case 'LapseEmailAddressClaim':
      if (!state) return refuseUnclaimed()
      return hasRunOut(state, context.now) && isHeldBy(customerId, state)
        ? accept(released(customerId, 'claim_lapsed'))
        : accept()
  }
}

type CommandOf<Type extends EmailAddressCommand['type']> = Extract<EmailAddressCommand, { type: Type }>

function claim(
  { customerId, since, until }: CommandOf<'ClaimEmailAddress'>,
  state: EmailAddress | null,
  now: Instant,
): Decision<EmailAddressEvent> {
  if (isGivenUpBy(customerId, state)) return accept()
  const claimed: EmailAddressEvent = {
    type: 'EmailAddressClaimed',
    data: { customerId, confirmBy: until, since },
  }
  if (state?.status === 'confirmed') return state.customerId === customerId ? accept() : refuseTaken()
  if (state?.status !== 'claimed') return accept(claimed)
  if (state.customerId === customerId) return state.confirmBy === until ? accept() : accept(claimed)
  if (isNewer(state, customerId, since)) return refuseSuperseded()
  return accept(replaced(state, now), claimed)
}

function confirm(
  { customerId, since }: CommandOf<'ConfirmEmailAddress'>,
  state: EmailAddress | null,
  now: Instant,
): Decision<EmailAddressEvent> {
  // Late: a customer who was erased in the meantime must not block an address.
  if (isGivenUpBy(customerId, state)) return accept()
  const verified = since !== undefined
  const confirmed: EmailAddressEvent = { type: 'EmailAddressConfirmed', data: { customerId, verified } }
  if (state?.status === 'confirmed') {
    if (state.customerId !== customerId) return refuseTaken()
    return state.verified || !verified ? accept() : accept(confirmed)
  }
  if (state?.status !== 'claimed' || state.customerId === customerId) return accept(confirmed)
  if (isNewer(state, customerId, since)) return refuseSuperseded()
  return accept(replaced(state, now), confirmed)
}

type Claimed = Extract<EmailAddress, { status: 'claimed' }>

/** Whether a claim's registration is later than another customer's; the id breaks a tie. */
function isNewer(state: Claimed, customerId: string, since: Instant | undefined): boolean {
  if (state.since === undefined || since === undefined) return false
  return `${state.since} ${state.customerId}` > `${since} ${customerId}`
}

/** A claim ends on time even if its timer is late. */
function replaced(state: Claimed, now: Instant): EmailAddressEvent {
  return released(state.customerId, state.confirmBy <= now ? 'claim_lapsed' : 'superseded')
}

function isGivenUpBy(customerId: string, state: EmailAddress | null): boolean {
  return state?.status === 'free' && state.givenUpBy === customerId
}

type Reason = Extract<EmailAddressEvent, { type: 'EmailAddressReleased' }>['data']['reason']

function released(customerId: string, reason: Reason): EmailAddressEvent {
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

function refuseSuperseded(): Decision<never> {
  return refuse('registration_superseded', 'The e-mail address was registered again since.')
}

function refuseUnclaimed(): Decision<never> {
  return refuse('email_not_claimed', 'Nobody has ever claimed this e-mail address.')
}

const lapse = 'lapse'

/**
 * The reactions to an event: a claim lapses by timer unless confirmed or released before, and a customer who loses
 * the address to another registration is notified.
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
