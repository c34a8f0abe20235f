import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { cancellation } from './cancellation.ts'
import { claims } from './checkout/claims.ts'
import { creation } from './checkout/creation.ts'
import { stock } from './checkout/stock.ts'
import { type OrderCommand, orderCommand } from './commands.ts'
import { erasure, withoutPersonalData } from './erasure.ts'
import { type OrderEvent, orderEvent } from './events.ts'
import { fulfilment } from './fulfilment.ts'
import { orderListing } from './listing.ts'
import { dispute } from './payment/dispute.ts'
import { payment } from './payment/payment.ts'
import { refund } from './payment/refund.ts'
import { review } from './payment/review.ts'
import { orderRefusals, refuse } from './refusals.ts'
import { reward } from './reward.ts'
import { type Order, orderSchema, settled } from './state.ts'
import { orderUpcasters } from './upcast.ts'

/**
 * The checkout process: hold stock, then charge, then confirm. Each event triggers the next step; each result arrives
 * as a command. A claim that is granted after the order has ended is released by the reaction to its event, in
 * whatever order the results arrive.
 */
const features = [
  creation,
  claims,
  stock,
  payment,
  review,
  refund,
  dispute,
  cancellation,
  fulfilment,
  reward,
  erasure,
] as const

/** An order. It is also the process manager of the checkout. */
export const order: Aggregate<Order, OrderCommand, OrderEvent> = {
  kind: 'order',
  context: 'order',
  idPrefix: 'ord',
  command: orderCommand,
  event: orderEvent,
  refusals: orderRefusals,
  state: orderSchema,
  stateVersion: 5,
  ...combineFeatures<Order, OrderCommand, OrderEvent, typeof features>(features, ({ id }) =>
    refuse('order_not_found', `There is no order ${id}.`),
  ),
  errorEvents: ['OrderRefundAbandoned'],
  upcasters: orderUpcasters,
  personalData: { without: withoutPersonalData, erasedBy: ['OrderPersonalDataErased'] },
  settled,
  listing: orderListing,
}
