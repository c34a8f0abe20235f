import { type Effect, send, sendEach } from '../core/effect.ts'
import type { Instant } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import { toOrder } from '../order/commands.ts'
import type { CustomerProfileEvent } from './events.ts'
import type { CustomerProfile } from './state.ts'

/**
 * What a profile causes: a customer who may order no more leaves no unpaid order behind, and none that still tells
 * of them once they are erased.
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
      // An order that raced with the erasure of its customer: what it knows of them goes as soon as it has ended.
      return state.status === 'erased' ? [send(toCustomer(customerId, { type: 'SweepPersonalData' }))] : []
  }
}
