import type { Aggregate } from '../core/aggregate.ts'
import { type PaymentCommand, paymentCommand } from './commands.ts'
import { decide } from './decide.ts'
import { type PaymentEvent, paymentEvent } from './events.ts'
import { paymentListing } from './listing.ts'
import { react } from './process.ts'
import { withoutPersonalData } from './redact.ts'
import { paymentRefusals } from './refusals.ts'
import { evolve, type Payment, paymentSchema, settled } from './state.ts'
import { upcasters } from './upcast.ts'

/** One try to charge an order, with the refunds of what it took; its id is `pay_…`. */
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
  decide,
  react,
  errorEvents: ['PaymentFailed'],
  upcasters,
  personalData: { without: withoutPersonalData, erasedBy: ['PaymentPersonalDataErased'] },
  settled,
  listing: paymentListing,
}
