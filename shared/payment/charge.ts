import type { CommandOf } from '../core/aggregate.ts'
import { call, type Effect, send } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toOrder } from '../order/commands.ts'
import type { ChargeRequest, ChargeResult } from '../ports/payment-gateway.ts'
import type { PaymentCommand } from './commands.ts'
import { lossesOf } from './dispute.ts'
import type { PaymentEvent, PaymentEventData } from './events.ts'
import {
  aboutPayment,
  type ChargedPayment,
  isCharged,
  type Payment,
  type PaymentFeature,
  requestOf,
  withStatus,
} from './state.ts'

/**
 * The charge of a screened payment: made by the gateway, and its outcome reported to the order. A call without an
 * answer is repeated under its idempotency key: a timeout is not a failure.
 */
export const charge = {
  evolve: {
    PaymentProcessed: processed,
    PaymentFailed: (state, { code, detail, screening }) => ({
      ...requestOf(state),
      ...(screening && { screening }),
      status: 'failed',
      failure: { code, detail },
    }),
  },
  decide: {
    RecordCharge: recordCharge,
    RecordGatewayCharge: ({ result }, state) => chargeSettled(result, state),
  },
  react: {
    PaymentProcessed: ({ orderId, amount }, _, { id }) => {
      const result = { status: 'processed', amount } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    },
    PaymentFailed: ({ orderId, code, detail, screening }, _, { id }) => {
      const result = { status: 'failed', code, detail, ...screening } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    },
  },
} satisfies PaymentFeature

function processed(
  state: Payment,
  { gateway, chargeId, cardCountry }: PaymentEventData<'PaymentProcessed'>,
): ChargedPayment {
  const charge = { gateway, chargeId, ...(cardCountry && { cardCountry }) }
  return withStatus({ ...requestOf(state), status: 'processed', charge, refunds: [] })
}

/** The gateway's answer to the charge. */
function recordCharge(
  { outcome }: CommandOf<PaymentCommand, 'RecordCharge'>,
  state: Payment,
): Decision<PaymentEvent> {
  return outcome.ok
    ? chargeSettled(outcome.value, state)
    : chargeSettled({ ...outcome.refusal, status: 'failed' }, state)
}

/** The first outcome counts, be it the answer or a notification of the gateway. */
function chargeSettled(result: ChargeResult, state: Payment): Decision<PaymentEvent> {
  // The gateway gives the same answer for the same key, so a second answer adds nothing.
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
  const data = { ...about, amount, gateway, chargeId, ...(cardCountry !== undefined && { cardCountry }) }
  return accept({ type: 'PaymentProcessed', data }, ...lossesOf(processed(state, data)))
}

/** The payment's id is the idempotency key: a repeated request charges once. */
export function requestCharge({ amount, paymentMethod, orderId }: Payment, id: string): Effect {
  const request: ChargeRequest = { key: id, amount, paymentMethod, orderId }
  return call('payments', 'charge', request, { type: 'RecordCharge' })
}
