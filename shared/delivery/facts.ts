import type { Decision } from '../core/refusal.ts'
import { refuse } from './refusals.ts'
import type { Delivery } from './state.ts'

/** Whose delivery it is: part of every event. */
export function ofOrder({ orderId, customerId }: Delivery) {
  return { orderId, customerId }
}

/** Why nothing can be reported of the parcel now; `null` while it is under way. */
export function notUnderWay(state: Delivery): Decision<never> | null {
  if (state.status === 'started') return null
  return state.status === 'scheduled' ? notStarted(state) : ended(state)
}

/** The refusal of what needs a parcel that has left. */
export function notStarted(state: Delivery): Decision<never> {
  return refuse('delivery_not_started', 'The parcel has not left yet.', { status: state.status })
}

/** The refusal of what comes after the end. */
export function ended(state: Delivery): Decision<never> {
  return refuse('delivery_ended', `The delivery is ${state.status}.`, { status: state.status })
}
