import { changed } from './changed.ts'
import type { OrderEvent } from './events.ts'
import { hasEnded, netPaid, type Order } from './state.ts'

type FulfilmentEvent = Extract<
  OrderEvent,
  {
    type:
      | 'OrderStockCommitted'
      | 'OrderDeliveryRequested'
      | 'OrderDeliveryScheduled'
      | 'OrderDeliveryCancelled'
      | 'OrderAddressChanged'
      | 'OrderShipped'
      | 'OrderDelivered'
      | 'OrderCompleted'
      | 'OrderReviewsRequested'
      | 'OrderReturned'
      | 'OrderCancellationRequested'
      | 'OrderCancellationDeclined'
      | 'OrderCancelled'
  }
>

/** Folds an event about the goods, their way to the customer, and the end of the order. */
export function evolveFulfilment(state: Order, event: FulfilmentEvent): Order {
  switch (event.type) {
    case 'OrderStockCommitted':
      return { ...state, stockCommitted: true }
    case 'OrderDeliveryRequested':
      return {
        ...state,
        deliveries: [...state.deliveries, { id: event.data.deliveryId, status: 'requested' }],
      }
    case 'OrderDeliveryScheduled':
      return {
        ...state,
        fulfilmentStatus: hasEnded(state) ? state.fulfilmentStatus : 'scheduled',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'scheduled' }),
      }
    case 'OrderDeliveryCancelled':
      return {
        ...state,
        fulfilmentStatus: hasEnded(state) ? state.fulfilmentStatus : 'unfulfilled',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'cancelled' }),
      }
    case 'OrderAddressChanged':
      return { ...state, shippingAddress: event.data.address }
    case 'OrderShipped':
      return {
        ...state,
        status: 'shipped',
        fulfilmentStatus: 'shipped',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'started' }),
      }
    case 'OrderDelivered':
      return {
        ...state,
        status: 'delivered',
        fulfilmentStatus: 'delivered',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'completed' }),
        paidAtDelivery: netPaid(state),
      }
    case 'OrderCompleted':
      return { ...state, status: 'completed', paidAtCompletion: event.data.netPaid.amount }
    case 'OrderReviewsRequested':
      return { ...state, reviewsRequested: true }
    case 'OrderReturned':
      return {
        ...state,
        status: 'returned',
        fulfilmentStatus: 'returned',
        // One that had arrived has not failed: the goods came back on another way.
        deliveries: changed(state.deliveries, event.data.deliveryId, (delivery) =>
          delivery.status === 'completed' ? delivery : { ...delivery, status: 'failed' },
        ),
      }
    case 'OrderCancellationRequested': {
      const { reason, detail } = event.data
      return { ...state, cancelling: { reason, detail } }
    }
    case 'OrderCancellationDeclined': {
      const { cancelling: _, ...rest } = state
      return rest
    }
    case 'OrderCancelled': {
      const { cancelling: _, ...rest } = state
      const { reason, detail, shortages } = event.data
      return {
        ...rest,
        status: 'cancelled',
        fulfilmentStatus: 'cancelled',
        deliveries: state.deliveries.map((delivery) => ({ ...delivery, status: 'cancelled' })),
        cancellation: { reason, detail, ...(shortages && { shortages }) },
      }
    }
  }
}
