import type { CommandStep, Effect, Message } from '../core/effect.ts'
import { NOW } from '../core/specification.fixture.ts'
import { MINUTE } from '../core/time.ts'
import { order } from './aggregate.ts'
import type { OrderEvent } from './events.ts'
import {
  CUSTOMER_ID,
  DELIVERY_ID,
  HOLD_UNTIL,
  ORDER_ID,
  PAYMENT_ID,
  reservations,
  spec,
} from './order.fixture.ts'

// What the specifications of the process expect, beside the events of `order.fixture.ts`.

/** What the last of these events causes, but for what the customer's profile is told of the order. */
export function effectsOf(...history: readonly OrderEvent[]): readonly Effect[] {
  return allEffectsOf(...history).filter((effect) => !isForProfile(effect))
}

/** What the customer's profile is told of the order after the last of these events. */
export function placeEffectsOf(...history: readonly OrderEvent[]): readonly Effect[] {
  return allEffectsOf(...history).filter(isForProfile)
}

function isForProfile(effect: Effect): boolean {
  return effect.type === 'commands' && effect.steps.some((step) => step.to.kind === 'customer_profile')
}

function allEffectsOf(...history: readonly OrderEvent[]): readonly Effect[] {
  const last = history.at(-1)
  const state = spec.fold(history)
  if (!last || !state) throw new Error('there is no event')
  return order.react(last, state, NOW, ORDER_ID)
}

/** A command for another aggregate. */
export function to(kind: string, id: string, command: Message): CommandStep {
  return { to: { kind, id }, command }
}
/** One after another until one is refused. */
export function inOrder(steps: CommandStep[], reply?: Message) {
  return { type: 'commands', steps, stopAtRefusal: true, ...(reply && { reply }) }
}
/** One after another, whatever is refused. */
export function each(steps: CommandStep[], reply?: Message) {
  return { type: 'commands', steps, stopAtRefusal: false, ...(reply && { reply }) }
}
/** A mail about the order to its customer. */
export function mailed(template: string, variables: Record<string, string> = {}) {
  return {
    type: 'call',
    port: 'mailer',
    operation: 'send',
    input: { customerId: CUSTOMER_ID, template, variables: { orderId: ORDER_ID, ...variables } },
  }
}

/** The holds on the stock of two mugs and a pen. */
export const reserve = {
  ...inOrder(
    [
      to('inventory', 'MUG', {
        type: 'ReserveInventory',
        orderId: ORDER_ID,
        quantity: 2,
        expiresAt: HOLD_UNTIL,
        grace: MINUTE,
        shipTo: { country: 'US', region: 'IL' },
      }),
      to('inventory', 'PEN', {
        type: 'ReserveInventory',
        orderId: ORDER_ID,
        quantity: 1,
        expiresAt: HOLD_UNTIL,
        grace: MINUTE,
        shipTo: { country: 'US', region: 'IL' },
      }),
    ],
    { type: 'RecordReservations' },
  ),
  askRest: true,
}
/** The timer that gives the stock up. */
export const hold = { type: 'timer', id: 'hold', at: HOLD_UNTIL, command: { type: 'EndHold' } }
/** It is not needed any more. */
export const noHold = { type: 'cancelTimer', id: 'hold' }
/** What the customer hears of a cancellation. */
export const orderCancelledMail = mailed('order_cancelled', { reason: 'customer_request' })
/** Stock that was taken goes back to where it came from. */
export const restock = (reason: string) =>
  each(
    reservations.map(({ sku, allocations }) =>
      to('inventory', sku, { type: 'ReleaseReservation', orderId: ORDER_ID, reason, restock: allocations }),
    ),
  )
/** Stock that is on hold is let go. */
export const release = (reason: string) =>
  each(
    reservations.map(({ sku }) =>
      to('inventory', sku, { type: 'ReleaseReservation', orderId: ORDER_ID, reason }),
    ),
  )
/** All that is left of the payment goes back. */
export const refund = (reason: string) =>
  inOrder([to('payment', PAYMENT_ID, { type: 'RefundRemainder', refundId: `${ORDER_ID}/end`, reason })])
/** The use of a promotion is given back. */
export const releaseUse = (code: string, reason: string) =>
  inOrder([to('promotion', code, { type: 'ReleasePromotion', orderId: ORDER_ID, reason })])
/** Points that paid for the order are given back. */
export const restorePoints = inOrder([
  to('customer', CUSTOMER_ID, { type: 'RestorePoints', orderId: ORDER_ID }),
])
/** The delivery is asked for its consent. */
export const callOff = inOrder(
  [to('delivery', DELIVERY_ID, { type: 'CancelDelivery', reason: 'order_cancelled' })],
  {
    type: 'RecordCancellationAnswer',
    deliveryId: DELIVERY_ID,
  },
)
