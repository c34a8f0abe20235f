import type { Decision } from '../core/refusal.ts'
import { refuse } from './refusals.ts'
import type { Delivery } from './state.ts'

/** The ids in every event of a delivery. */
export function ofOrder({ orderId, customerId }: Delivery) {
  return { orderId, customerId }
}

/** Why nothing can be reported on the parcel now; `null` while it is in transit. */
export function notUnderWay(state: Delivery): Decision<never> | null {
  if (state.status === 'started') return null
  return state.status === 'scheduled' ? notStarted(state) : ended(state)
}

/** The refusal of commands that need a started delivery. */
export function notStarted(state: Delivery): Decision<never> {
  return refuse('delivery_not_started', 'The parcel has not left yet.', { status: state.status })
}

/** The refusal of commands after the end. */
export function ended(state: Delivery): Decision<never> {
  return refuse('delivery_ended', `The delivery is ${state.status}.`, { status: state.status })
}
