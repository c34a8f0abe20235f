import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import { paymentRules, paymentSecurityPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { isCharged, type Payment, refundable, refundedTotal, settled } from './state.ts'

/** Decides one command on a payment. Refusals: see `refusals.ts`. */
export function decide(
  command: PaymentCommand,
  state: Payment | null,
  context: DecisionContext,
): Decision<PaymentEvent> {
  if (command.type === 'ProcessPayment') return processPayment(command, state)
  if (!state) return refuse('payment_not_found', `There is no payment ${context.id}.`)
  switch (command.type) {
    case 'RecordCharge':
      return recordCharge(command, state)
    case 'RefundPayment':
      return refundPayment(command, state)
    case 'RecordRefund':
      return recordRefund(command, state)
  }
}

type CommandOf<Type extends PaymentCommand['type']> = Extract<PaymentCommand, { type: Type }>

function processPayment(command: CommandOf<'ProcessPayment'>, state: Payment | null): Decision<PaymentEvent> {
  const { type: _, ...request } = command
  if (state) {
    const same =
      state.orderId === request.orderId &&
      state.amount.amount === request.amount.amount &&
      state.amount.currency === request.amount.currency
    return same ? accept() : refuse('payment_exists', `This payment belongs to order ${state.orderId}.`)
  }
  const security = paymentSecurityPolicy(request.paymentMethod)
  if (!security.allowed) return refuseCardNumber('The payment method', security.reasons)
  if (request.amount.amount === 0) return refuse('nothing_to_charge', 'The amount to charge is zero.')
  return accept({ type: 'PaymentRequested', data: request })
}

function recordCharge({ outcome }: CommandOf<'RecordCharge'>, state: Payment): Decision<PaymentEvent> {
  // The gateway answers the same under the same key, so a second answer has nothing to add.
  if (settled(state)) return accept()
  const about = aboutPayment(state)
  if (!outcome.ok) {
    const { code, detail } = outcome.refusal
    return accept({ type: 'PaymentFailed', data: { ...about, amount: state.amount, code, detail } })
  }
  const { status, ...result } = outcome.value
  if ('code' in result)
    return accept({ type: 'PaymentFailed', data: { ...about, amount: state.amount, ...result } })
  return accept({ type: 'PaymentProcessed', data: { ...about, amount: state.amount, ...result } })
}

function refundPayment(command: CommandOf<'RefundPayment'>, state: Payment): Decision<PaymentEvent> {
  const { refundId, reason } = command
  if (!isCharged(state))
    return refuse('payment_not_processed', `The payment is ${state.status}.`, { status: state.status })
  if (state.refunds.some((refund) => refund.refundId === refundId)) return accept()
  const security = paymentSecurityPolicy(reason)
  if (!security.allowed) return refuseCardNumber('The reason', security.reasons)

  const left = refundable(state)
  const amount = command.amount ?? left
  const { currency } = state.amount
  if (amount === 0) return refuse('nothing_to_refund', 'Nothing is left of the charge.')
  if (amount > left)
    return refuse('refund_exceeds_charge', `Of the charge, ${left} ${currency} (minor units) are left.`, {
      refundable: { amount: left, currency },
    })
  if (state.refunds.length >= paymentRules.refunds.mostPerPayment)
    return refuse('too_many_refunds', `The payment has had ${state.refunds.length} refunds.`)
  return accept({
    type: 'PaymentRefundRequested',
    data: { ...aboutPayment(state), refundId, amount: { amount, currency }, reason },
  })
}

function recordRefund(
  { refundId, outcome }: CommandOf<'RecordRefund'>,
  state: Payment,
): Decision<PaymentEvent> {
  const refund = isCharged(state) ? state.refunds.find((known) => known.refundId === refundId) : undefined
  if (!isCharged(state) || !refund)
    return refuse('refund_not_found', `The payment has no refund ${refundId}.`)
  if (refund.status !== 'pending') return accept()

  const { currency } = state.amount
  const data = { ...aboutPayment(state), refundId, amount: { amount: refund.amount, currency } }
  if (!outcome.ok) {
    const { code, detail } = outcome.refusal
    return accept({ type: 'RefundFailed', data: { ...data, code, detail } })
  }
  if (outcome.value.status === 'failed') {
    const { code, detail } = outcome.value
    return accept({ type: 'RefundFailed', data: { ...data, code, detail } })
  }
  const total = refundedTotal(state) + refund.amount
  return accept({
    type: 'PaymentRefunded',
    data: { ...data, refundedTotal: { amount: total, currency }, full: total === state.amount.amount },
  })
}

function refuseCardNumber(where: string, reasons: readonly string[]): Decision<never> {
  return refuse('card_number_rejected', `${where} holds what looks like a card number.`, { reasons })
}

function aboutPayment({ orderId, customerId }: Payment) {
  return { orderId, customerId }
}
