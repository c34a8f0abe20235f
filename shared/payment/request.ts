import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type PaymentCommand, screeningFacts } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import { paymentSecurityPolicy } from './policies.ts'
import { refuse, refuseCardNumber } from './refusals.ts'
import { screened } from './screening.ts'
import type { Payment, PaymentFeature } from './state.ts'

/** The request of an order for a payment. */
export const request = {
  creation: {
    evolve: {
      PaymentRequested: (_, { decisions: __, screened: ___, ...request }) => ({
        ...request,
        status: 'requested',
      }),
    },
    decide: { ProcessPayment: processPayment },
  },
  react: {
    // Also of payments that an earlier release requested.
    PaymentRequested: (data, _, { id }) =>
      data.screened
        ? []
        : [{ type: 'call', ...screeningFacts(id, data), reply: { type: 'RecordScreening' } }],
  },
} satisfies PaymentFeature

/**
 * One attempt to charge an order, screened at once where the facts came with it: a charge is made only after its decision
 * is stored, and a repetition, whatever facts it brings, changes nothing. Refuses with `card_number_rejected`,
 * `payment_exists` or `nothing_to_charge`.
 */
function processPayment(
  command: CommandOf<PaymentCommand, 'ProcessPayment'>,
  state: Payment | null,
  context: DecisionContext,
): Decision<PaymentEvent> {
  const { type: _, facts, ...request } = command
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
  const decisions = [security.decision]
  if (!facts) return accept({ type: 'PaymentRequested', data: { ...request, decisions } })
  return accept<PaymentEvent>(
    { type: 'PaymentRequested', data: { ...request, screened: true, decisions } },
    screened({ ...request, status: 'requested' }, facts, context),
  )
}
