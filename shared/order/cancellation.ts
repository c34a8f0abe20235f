import type { CommandOf } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import { cancelled, ending } from './facts.ts'
import { refuse } from './refusals.ts'
import { isBeforeShipping, type Order } from './state.ts'

/**
 * Ends an order. Before a delivery was asked for that is done at once; a delivery has to agree first,
 * because it may have started a moment ago, and only its consent makes the refund safe.
 * Refuses with `order_shipped` or `order_ended`.
 */
export function cancelOrder(
  command: CommandOf<OrderCommand, 'CancelOrder'>,
  state: Order,
): Decision<OrderEvent> {
  const { reason, detail } = command
  if (state.status === 'cancelled' || isBeforeShipping(state)) return accept(...ending(state, reason, detail))
  return state.status === 'returned'
    ? refuse('order_ended', 'The order was returned.')
    : refuse('order_shipped', `The order is ${state.status}.`)
}

/** The delivery's answer to a cancellation; its own news may have told the answer before. */
export function recordCancellationAnswer(
  command: CommandOf<OrderCommand, 'RecordCancellationAnswer'>,
  state: Order,
): Decision<OrderEvent> {
  if (!state.cancelling) return accept()
  const { reason, detail } = state.cancelling
  const refused = command.outcome.find((step) => !step.ok)
  return refused
    ? accept({
        type: 'OrderCancellationDeclined',
        data: { deliveryId: command.deliveryId, code: refused.refusal.code },
      })
    : accept(cancelled(state, reason, detail))
}
