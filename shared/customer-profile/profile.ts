import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { type Effect, send, sendEach } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { Instant } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import { toOrder } from '../order/commands.ts'
import { refuse } from '../order/refusals.ts'
import type { CustomerProfileCommand } from './commands.ts'
import { type CustomerProfileEvent, profileStatuses, type WaitingOrder } from './events.ts'
import { profileRules } from './policies.ts'
import { type CustomerProfile, isFirstOrder, waitingOrders } from './state.ts'
import { refuseToWait } from './waiting.ts'

/** Folds one event into a profile; only `CustomerProfileCreated` may come first. */
export function evolve(
  state: CustomerProfile | null,
  event: CustomerProfileEvent,
  at: Instant,
): CustomerProfile {
  if (event.type === 'CustomerProfileCreated')
    return { ...event.data, open: [], confirmed: [], cancelled: [] }
  if (!state) throw new Error(`${event.type} cannot be a profile's first event`)
  switch (event.type) {
    case 'CustomerProfileChanged':
      return { ...state, ...event.data }
    case 'CustomerProfileClosed':
      return { ...state, status: event.data.status }
    case 'CustomerOrderOpened': {
      const { orderId, units, waits } = event.data
      return { ...state, open: [...state.open, { orderId, units, waits, since: at }] }
    }
    case 'CustomerOrderAwaitedPayment': {
      const { orderId, units } = event.data
      const since = state.open.find((order) => order.orderId === orderId)?.since ?? at
      return { ...state, open: [...others(state, orderId), { orderId, units, waits: true, since }] }
    }
    case 'CustomerOrderClosed': {
      const { orderId, outcome } = event.data
      const open = others(state, orderId)
      const confirmed = state.confirmed.filter((id) => id !== orderId)
      return outcome === 'confirmed'
        ? { ...state, open, confirmed: newest([...confirmed, orderId]) }
        : { ...state, open, confirmed, cancelled: newest([...state.cancelled, orderId]) }
    }
  }
}

function others({ open }: CustomerProfile, orderId: string): CustomerProfile['open'] {
  return open.filter((order) => order.orderId !== orderId)
}

function newest(orderIds: string[]): string[] {
  return orderIds.slice(-profileRules.maxEndedOrders)
}

type Of<Type extends CustomerProfileCommand['type']> = CommandOf<CustomerProfileCommand, Type>
type AboutOrder = Of<'OpenOrder'> | Of<'AwaitPayment'> | Of<'CloseOrder'>

/**
 * Decides one command on a customer's profile. Any of them may be the first: messages of orders and of the
 * customer arrive in any order. Refuses with `customer_not_active`, `too_many_open_orders` or
 * `too_many_units_held`.
 */
export function decide(
  command: CustomerProfileCommand,
  state: CustomerProfile | null,
  { now }: DecisionContext,
): Decision<CustomerProfileEvent> {
  if (command.type === 'UpdateStanding') return updateStanding(command, state)
  if (state) return decideOrder(command, state, now)
  const created = createdFrom(command)
  const { events, refusal } = decideOrder(command, evolve(null, created, now), now)
  return refusal ? { events: [], refusal } : accept(created, ...events)
}

function updateStanding(
  command: Of<'UpdateStanding'>,
  state: CustomerProfile | null,
): Decision<CustomerProfileEvent> {
  const { status, tier, segment, changed, asOf } = command
  if (!state)
    return accept({
      type: 'CustomerProfileCreated',
      data: { status, tier, segment, tierAsOf: asOf, segmentAsOf: asOf, orderedBefore: false },
    })
  // Messages arrive out of order: the newer value wins.
  const isNews = (part: 'tier' | 'segment', known: Instant = '') =>
    (changed === part || changed === 'all') && asOf >= known
  const hasTier = isNews('tier', state.tierAsOf)
  const hasSegment = isNews('segment', state.segmentAsOf)
  const events: CustomerProfileEvent[] = []
  if (hasTier || hasSegment) {
    const { tierAsOf, segmentAsOf } = state
    events.push({
      type: 'CustomerProfileChanged',
      data: {
        ...(hasTier
          ? { tier, tierAsOf: asOf }
          : { tier: state.tier, ...(tierAsOf !== undefined && { tierAsOf }) }),
        ...(hasSegment
          ? { segment, segmentAsOf: asOf }
          : { segment: state.segment, ...(segmentAsOf !== undefined && { segmentAsOf }) }),
      },
    })
  }
  if (status !== 'active' && profileStatuses.indexOf(status) > profileStatuses.indexOf(state.status))
    events.push({ type: 'CustomerProfileClosed', data: { status } })
  return accept(...events)
}

/** The profile of a customer from before profiles existed, or whose `UpdateStanding` has not arrived yet. */
function createdFrom({ buyer: { tier, segment, firstOrder } }: AboutOrder): CustomerProfileEvent {
  return {
    type: 'CustomerProfileCreated',
    data: { status: 'active', tier, segment, orderedBefore: !firstOrder },
  }
}

function decideOrder(
  command: AboutOrder,
  state: CustomerProfile,
  now: Instant,
): Decision<CustomerProfileEvent> {
  switch (command.type) {
    case 'OpenOrder':
      return openOrder(command, state, now)
    case 'AwaitPayment':
      return awaitPayment(command, state, now)
    case 'CloseOrder':
      return closeOrder(command, state)
  }
}

function openOrder(
  command: Of<'OpenOrder'>,
  state: CustomerProfile,
  now: Instant,
): Decision<CustomerProfileEvent> {
  const { orderId, units, waits } = command
  if (isOpen(state, orderId) || hasEnded(state, orderId)) return accept()
  const refused = refusedToOrder(state, waits ? command : null, now)
  if (refused) return refused
  const firstOrder = isFirstOrder(state)
  return accept({ type: 'CustomerOrderOpened', data: { orderId, units, waits, firstOrder } })
}

function awaitPayment(
  command: Of<'AwaitPayment'>,
  state: CustomerProfile,
  now: Instant,
): Decision<CustomerProfileEvent> {
  const { orderId, units } = command
  if (hasEnded(state, orderId)) return accept()
  if (state.open.some((order) => order.orderId === orderId && order.waits)) return accept()
  const refused = refusedToOrder(state, command, now)
  if (refused) return refused
  return accept({ type: 'CustomerOrderAwaitedPayment', data: { orderId, units } })
}

function closeOrder(
  { orderId, outcome }: Of<'CloseOrder'>,
  state: CustomerProfile,
): Decision<CustomerProfileEvent> {
  // `cancelled` is final, even if a confirmation arrives later.
  if (state.cancelled.includes(orderId)) return accept()
  if (outcome === 'confirmed' && state.confirmed.includes(orderId)) return accept()
  return accept({ type: 'CustomerOrderClosed', data: { orderId, outcome } })
}

/** `order` is null for one that is paid at once. */
function refusedToOrder(
  state: CustomerProfile,
  order: (WaitingOrder & Pick<Of<'OpenOrder'>, 'placedBy'>) | null,
  now: Instant,
): Decision<never> | null {
  const { status } = state
  if (status !== 'active') return refuse('customer_not_active', `The customer is ${status}.`, { status })
  if (order?.placedBy !== 'customer') return null
  return refuseToWait(waitingOrders(state, now), order)
}

function isOpen({ open }: CustomerProfile, orderId: string): boolean {
  return open.some((order) => order.orderId === orderId)
}

function hasEnded({ confirmed, cancelled }: CustomerProfile, orderId: string): boolean {
  return confirmed.includes(orderId) || cancelled.includes(orderId)
}

/**
 * The effects of an event of a profile: when a customer may no longer order, their unpaid orders end, and once the
 * customer is erased, the personal data of their orders is erased as well.
 */
export function react(
  event: CustomerProfileEvent,
  state: CustomerProfile,
  _at: Instant,
  customerId: string,
): readonly Effect[] {
  switch (event.type) {
    case 'CustomerProfileClosed': {
      const reason = event.data.status === 'erased' ? 'customer_erased' : 'customer_suspended'
      const steps = state.open.map(({ orderId }) => toOrder(orderId, { type: 'EndUnpaid', reason }))
      return steps.length === 0 ? [] : [sendEach(steps)]
    }
    case 'CustomerProfileCreated':
    case 'CustomerProfileChanged':
    case 'CustomerOrderOpened':
    case 'CustomerOrderAwaitedPayment':
      return []
    case 'CustomerOrderClosed':
      // The order was concurrent with the customer's erasure: its personal data is erased once it has ended.
      return state.status === 'erased' ? [send(toCustomer(customerId, { type: 'SweepPersonalData' }))] : []
  }
}
