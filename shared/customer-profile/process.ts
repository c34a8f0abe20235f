import { type Effect, sendEach } from '../core/effect.ts'
import { toOrder } from '../order/commands.ts'
import type { CustomerProfileEvent } from './events.ts'
import type { CustomerProfile } from './state.ts'

/** What a profile causes: a customer who may order no more leaves no unpaid order behind. */
export function react(event: CustomerProfileEvent, state: CustomerProfile): readonly Effect[] {
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
    case 'CustomerOrderClosed':
      return []
  }
}
