import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { cancelOrder, recordCancellationAnswer } from './cancellation.ts'
import type { OrderCommand } from './commands.ts'
import { createOrder } from './creation.ts'
import { recordPlace } from './decide-place.ts'
import type { OrderEvent } from './events.ts'
import { confirmed } from './facts.ts'
import {
  recordAddressChanged,
  recordDelivery,
  recordDeliveryRequested,
  requestDelivery,
  requestReviews,
} from './fulfilment.ts'
import {
  endHold,
  endUnpaid,
  recordDispute,
  recordDisputeClosed,
  recordHoldExtended,
  recordPayment,
  recordPaymentSubmitted,
  submitPayment,
} from './payment.ts'
import { recordRefund, recordRefundFailed, retryRefund } from './refund.ts'
import { refuse } from './refusals.ts'
import { hasEnded, isFinal, isInvoice, type Order } from './state.ts'
import { recordClaims, recordReservationReleased, recordReservations, recordStockCommitted } from './stock.ts'

/** Decides one command on an order. Refusals: see `refusals.ts`. */
export function decide(
  command: OrderCommand,
  state: Order | null,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (command.type === 'CreateOrder') return createOrder(command, state, context)
  if (!state) return refuse('order_not_found', `There is no order ${context.id}.`)
  switch (command.type) {
    case 'RecordCartClosed':
      // A cart that was closed in another way meanwhile changes nothing about its order.
      return accept()
    case 'RecordPlace':
      return recordPlace(command, state)
    case 'RecordClaims':
      return recordClaims(command, state)
    case 'RecordReservations':
      return recordReservations(command, state, context)
    case 'RecordStockCommitted':
      return recordStockCommitted(command, state, context)
    case 'RecordReservationReleased':
      return recordReservationReleased(command, state)
    case 'SubmitPayment':
      return submitPayment(command, state, context)
    case 'RecordPaymentSubmitted':
      return recordPaymentSubmitted(command, state)
    case 'RecordPayment':
      return recordPayment(command, state, context)
    case 'RecordHoldExtended':
      return recordHoldExtended(command, state)
    case 'RecordDispute':
      return recordDispute(command, state)
    case 'RecordDisputeClosed':
      return recordDisputeClosed(command, state)
    case 'RecordRefund':
      return recordRefund(command, state, context)
    case 'RecordRefundFailed':
      return recordRefundFailed(command, state, context)
    case 'RetryRefund':
      return retryRefund(command, state, context)
    case 'EndHold':
      return endHold(state)
    case 'EndUnpaid':
      return endUnpaid(command, state)
    case 'ConfirmOrder':
      return confirmOrder(command, state)
    case 'CancelOrder':
      return cancelOrder(command, state)
    case 'RecordCancellationAnswer':
      return recordCancellationAnswer(command, state)
    case 'RequestDelivery':
      return requestDelivery(command, state, context)
    case 'RecordDeliveryRequested':
      return recordDeliveryRequested(command, state)
    case 'RecordDelivery':
      return recordDelivery(command, state)
    case 'RecordAddressChanged':
      return recordAddressChanged(command, state)
    case 'RequestReviews':
      return requestReviews(state)
    case 'ErasePersonalData':
      return erasePersonalData(state)
  }
}

/** What tells of a person is still needed while anything may be sent, asked or called off. */
function erasePersonalData(state: Order): Decision<OrderEvent> {
  if (state.personalDataErased) return accept()
  if (!isFinal(state)) return refuse('order_open', `The order is ${state.status}.`)
  return accept({ type: 'OrderPersonalDataErased', data: {} })
}

/**
 * An operator confirms an order that will be paid by invoice. A payment that was declined, blocked or is not known
 * yet makes no invoice. Refuses with `order_ended`, `order_not_invoice` or `order_not_ready`.
 */
function confirmOrder(_: CommandOf<OrderCommand, 'ConfirmOrder'>, state: Order): Decision<OrderEvent> {
  if (hasEnded(state)) return refuse('order_ended', `The order is ${state.status}.`)
  if (!isInvoice(state)) return refuse('order_not_invoice', 'The order is paid by a payment method.')
  if (state.status === 'pending') return refuse('order_not_ready', 'Stock is not held for this order yet.')
  if (state.status !== 'awaiting_payment') return accept()
  return accept(confirmed(state, 'operator'))
}
