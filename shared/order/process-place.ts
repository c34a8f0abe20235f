import { type Effect, send } from '../core/effect.ts'
import { quantityBySku } from '../core/quantity.ts'
import { toCustomerProfile } from '../customer-profile/commands.ts'
import { hasEnded, needsPayment, type Order } from './state.ts'

const reply = { type: 'RecordPlace' }

/** The customer's profile notes the order: one object decides how many of a customer's orders wait unpaid. */
export function openPlace(state: Order, id: string): Effect {
  const waits = state.paymentMethod === undefined && needsPayment(state)
  const order = { ...holding(state, id), waits }
  return send(toCustomerProfile(state.customerId, { type: 'OpenOrder', ...order }), reply)
}

/** From its first payment that does not succeed at once an order waits; one without a payment did before. */
export function askToWait(state: Order, id: string): Effect[] {
  if (hasEnded(state) || state.paymentMethod === undefined || state.payments.length > 1) return []
  const order = holding(state, id)
  return [send(toCustomerProfile(state.customerId, { type: 'AwaitPayment', ...order }), reply)]
}

/** The order waits no more. */
export function closePlace(state: Order, id: string, outcome: 'confirmed' | 'cancelled'): Effect {
  const { customerId } = state
  return send(
    toCustomerProfile(customerId, { type: 'CloseOrder', orderId: id, outcome, buyer: buyerOf(state) }),
  )
}

function holding(state: Order, orderId: string) {
  const units = quantityBySku(state.pricing.lines).map(([sku, quantity]) => ({ sku, quantity }))
  return { orderId, units, placedBy: state.placedBy ?? 'customer', buyer: buyerOf(state) } as const
}

function buyerOf({ tier, segment, firstOrder }: Order) {
  return { tier, segment, firstOrder }
}
