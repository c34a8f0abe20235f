import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { processPayment, recordCharge, recordGatewayCharge } from './charge.ts'
import type { PaymentCommand } from './commands.ts'
import { recordDispute } from './dispute.ts'
import type { PaymentEvent } from './events.ts'
import { withoutPersonalData } from './redact.ts'
import {
  recordGatewayRefund,
  recordOutsideRefund,
  recordRefund,
  refundPayment,
  refundRemainder,
} from './refund.ts'
import { refuse } from './refusals.ts'
import { approveReview, recordScreening, rejectReview, withdrawReview } from './screening.ts'
import type { Payment } from './state.ts'

/** Decides one command on a payment. Refusals: see `refusals.ts`. */
export function decide(
  command: PaymentCommand,
  state: Payment | null,
  context: DecisionContext,
): Decision<PaymentEvent> {
  if (command.type === 'ProcessPayment') return processPayment(command, state)
  if (!state) return refuse('payment_not_found', `There is no payment ${context.id}.`)
  const decision = decideKnown(command, state, context)
  // What staff write of a payment that was cleaned of its customer names nobody either.
  return state.personalDataErased
    ? { ...decision, events: decision.events.map(withoutPersonalData) }
    : decision
}

function decideKnown(
  command: Exclude<PaymentCommand, CommandOf<PaymentCommand, 'ProcessPayment'>>,
  state: Payment,
  context: DecisionContext,
): Decision<PaymentEvent> {
  switch (command.type) {
    case 'RecordScreening':
      return recordScreening(command, state, context)
    case 'ApproveReview':
      return approveReview(state)
    case 'RejectReview':
      return rejectReview(command, state)
    case 'WithdrawReview':
      return withdrawReview(command, state)
    case 'RecordCharge':
      return recordCharge(command, state)
    case 'RecordGatewayCharge':
      return recordGatewayCharge(command, state)
    case 'RefundPayment':
      return refundPayment(command, state)
    case 'RefundRemainder':
      return refundRemainder(command, state)
    case 'RecordRefund':
      return recordRefund(command, state)
    case 'RecordGatewayRefund':
      return recordGatewayRefund(command, state)
    case 'RecordOutsideRefund':
      return recordOutsideRefund(command, state)
    case 'ErasePersonalData':
      return erasePersonalData(state)
    case 'RecordDispute':
      return recordDispute(command, state)
  }
}

function erasePersonalData({ orderId, customerId, personalDataErased }: Payment): Decision<PaymentEvent> {
  if (personalDataErased) return accept()
  return accept({ type: 'PaymentPersonalDataErased', data: { orderId, customerId } })
}
