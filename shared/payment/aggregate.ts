import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { charge } from './charge.ts'
import { type PaymentCommand, paymentCommand } from './commands.ts'
import { dispute } from './dispute.ts'
import { type PaymentEvent, paymentEvent } from './events.ts'
import { paymentListing } from './listing.ts'
import { erasure, withoutPersonalData } from './redact.ts'
import { refund } from './refund.ts'
import { paymentRefusals, refuse } from './refusals.ts'
import { request } from './request.ts'
import { screening } from './screening.ts'
import { type Payment, paymentSchema, settled } from './state.ts'
import { upcasters } from './upcast.ts'

const features = [request, screening, charge, refund, dispute, erasure] as const
const { evolve, decide, react } = combineFeatures<Payment, PaymentCommand, PaymentEvent, typeof features>(
  features,
  ({ id }) => refuse('payment_not_found', `There is no payment ${id}.`),
)

/** One attempt to charge an order, with the refunds of the charge; its id is `pay_…`. */
export const payment: Aggregate<Payment, PaymentCommand, PaymentEvent> = {
  kind: 'payment',
  context: 'payment',
  idPrefix: 'pay',
  command: paymentCommand,
  event: paymentEvent,
  refusals: paymentRefusals,
  state: paymentSchema,
  stateVersion: 4,
  evolve,
  decide(command, state, context) {
    const decision = decide(command, state, context)
    // After the erasure, later free text of staff must not name the customer either.
    return state?.personalDataErased
      ? { ...decision, events: decision.events.map(withoutPersonalData) }
      : decision
  },
  react,
  errorEvents: ['PaymentFailed'],
  upcasters,
  personalData: { without: withoutPersonalData, erasedBy: ['PaymentPersonalDataErased'] },
  settled,
  listing: paymentListing,
}
