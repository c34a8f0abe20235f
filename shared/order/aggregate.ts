import type { Aggregate } from '../core/aggregate.ts'
import { type OrderCommand, orderCommand } from './commands.ts'
import { decide } from './decide.ts'
import { withoutPersonalData } from './erasure.ts'
import { type OrderEvent, orderEvent } from './events.ts'
import { evolve } from './evolve.ts'
import { orderListing } from './listing.ts'
import { react } from './process.ts'
import { type Order, orderSchema, settled } from './state.ts'
import { orderUpcasters } from './upcast.ts'

/** An order, which also leads the checkout process. */
export const order: Aggregate<Order, OrderCommand, OrderEvent> = {
  kind: 'order',
  context: 'order',
  command: orderCommand,
  event: orderEvent,
  state: orderSchema,
  stateVersion: 5,
  evolve,
  decide,
  react,
  errorEvents: ['OrderRefundAbandoned'],
  upcasters: orderUpcasters,
  personalData: { without: withoutPersonalData, erasedBy: ['OrderPersonalDataErased'] },
  settled,
  listing: orderListing,
}
