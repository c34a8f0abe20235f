import type { Aggregate } from '../core/aggregate.ts'
import { type OrderCommand, orderCommand } from './commands.ts'
import { decide } from './decide.ts'
import { type OrderEvent, orderEvent } from './events.ts'
import { react } from './process.ts'
import { evolve, type Order, orderSchema, settled } from './state.ts'

/** An order, which also leads the checkout process. */
export const order: Aggregate<Order, OrderCommand, OrderEvent> = {
  kind: 'order',
  context: 'order',
  command: orderCommand,
  event: orderEvent,
  state: orderSchema,
  stateVersion: 1,
  evolve,
  decide,
  react,
  settled,
}
