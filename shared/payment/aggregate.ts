import type { Aggregate } from '../core/aggregate.ts'
import { type PaymentCommand, paymentCommand } from './commands.ts'
import { decide } from './decide.ts'
import { type PaymentEvent, paymentEvent } from './events.ts'
import { react } from './process.ts'
import { evolve, type Payment, paymentSchema, settled } from './state.ts'

/** One try to charge an order, with the refunds of what it took; its id is `pay_…`. */
export const payment: Aggregate<Payment, PaymentCommand, PaymentEvent> = {
  kind: 'payment',
  context: 'payment',
  command: paymentCommand,
  event: paymentEvent,
  state: paymentSchema,
  stateVersion: 1,
  evolve,
  decide,
  react,
  errorEvents: ['PaymentFailed'],
  settled,
}
