import type { CommandOf } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { ChargeResult } from '../ports/payment-gateway.ts'
import type { PaymentCommand } from './commands.ts'
import { lossesOf } from './dispute.ts'
import type { PaymentEvent } from './events.ts'
import { paymentSecurityPolicy } from './policies.ts'
import { refuse, refuseCardNumber } from './refusals.ts'
import { aboutPayment, chargedPayment, evolve, isCharged, type Payment } from './state.ts'

/**
 * One try to charge an order. Repeated for the same order and amount, it changes nothing. Refuses with
 * `card_number_rejected`, `payment_exists` or `nothing_to_charge`.
 */
export function processPayment(
  command: CommandOf<PaymentCommand, 'ProcessPayment'>,
  state: Payment | null,
): Decision<PaymentEvent> {
  const { type: _, ...request } = command
  const { amount, orderId } = request
  const security = paymentSecurityPolicy({ request, amount, orderTotal: state?.amount ?? amount })
  if (security.reasons.includes('card_number')) return refuseCardNumber('The request', ['card_number'])
  if (state)
    return security.allowed && state.orderId === orderId
      ? accept()
      : refuse('payment_exists', `This payment belongs to order ${state.orderId}.`, {
          reasons: state.orderId === orderId ? [...security.reasons] : ['other_order'],
        })
  if (amount.amount === 0) return refuse('nothing_to_charge', 'The amount to charge is zero.')
  return accept({ type: 'PaymentRequested', data: { ...request, decisions: [security.decision] } })
}

/** What the gateway answered to the charge; the first outcome that is told counts. */
export function recordCharge(
  { outcome }: CommandOf<PaymentCommand, 'RecordCharge'>,
  state: Payment,
): Decision<PaymentEvent> {
  return outcome.ok
    ? chargeSettled(outcome.value, state)
    : chargeSettled({ ...outcome.refusal, status: 'failed' }, state)
}

/** What a webhook tells of the charge; the first outcome that is told counts. */
export function recordGatewayCharge(
  { result }: CommandOf<PaymentCommand, 'RecordGatewayCharge'>,
  state: Payment,
): Decision<PaymentEvent> {
  return chargeSettled(result, state)
}

function chargeSettled(result: ChargeResult, state: Payment): Decision<PaymentEvent> {
  // The gateway answers the same under the same key, so a second answer has nothing to add.
  if (state.status === 'failed' || isCharged(state)) return accept()
  const about = aboutPayment(state)
  const { amount, screening } = state
  if (result.status === 'failed') {
    const { code, detail } = result
    return accept({
      type: 'PaymentFailed',
      data: { ...about, amount, code, detail, ...(screening && { screening }), decisions: [] },
    })
  }
  const { chargeId, gateway, cardCountry } = result
  const processed: PaymentEvent = {
    type: 'PaymentProcessed',
    data: { ...about, amount, gateway, chargeId, ...(cardCountry !== undefined && { cardCountry }) },
  }
  return accept(processed, ...lossesOf(chargedPayment(evolve(state, processed))))
}
