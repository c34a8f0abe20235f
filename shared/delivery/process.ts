import { call, type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { type Instant, plus } from '../core/time.ts'
import { type OrderCommand, toOrder } from '../order/commands.ts'
import type { Parcel } from '../ports/carrier/carrier.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'
import type { Delivery } from './state.ts'

type Progress = Extract<OrderCommand, { type: 'RecordDelivery' }>['progress']

/** The timer that confirms a completed delivery which its customer does not confirm. */
const CONFIRM = 'confirm'
const confirmByTimer = { type: 'ConfirmDelivery', by: 'timer' } as const satisfies DeliveryCommand

/**
 * What an event of a delivery causes: the parcel is booked with the carrier it was given to, its order
 * hears of each step, and silence counts as a confirmation.
 */
export function react(event: DeliveryEvent, state: Delivery, at: Instant, id: string): readonly Effect[] {
  const tell = (progress: Progress): Effect =>
    send(toOrder(event.data.orderId, { type: 'RecordDelivery', deliveryId: id, progress }))
  switch (event.type) {
    case 'CarrierAssigned':
      return [
        call('carrier', 'book', parcelOf(state, event.data, id), {
          type: 'RecordBooking',
          revision: state.revision,
        }),
      ]
    case 'DeliveryAddressChanged':
      return [
        send(
          toOrder(event.data.orderId, {
            type: 'RecordAddressChanged',
            deliveryId: id,
            address: event.data.address,
          }),
        ),
      ]
    case 'DeliveryStarted':
      return [tell({ status: 'started', trackingNumber: event.data.trackingNumber })]
    case 'DeliveryCompleted':
      return [
        tell({ status: 'completed' }),
        schedule(CONFIRM, plus(at, DELIVERY.confirmAfter), confirmByTimer),
      ]
    case 'DeliveryConfirmed':
      return [tell({ status: 'confirmed' }), unschedule(CONFIRM)]
    case 'DeliveryFailed':
      return [tell({ status: 'failed', reason: event.data.reason })]
    case 'DeliveryCancelled':
      return [tell({ status: 'cancelled', reason: event.data.reason })]
    case 'DeliveryScheduled':
    case 'CarrierBooked':
    case 'CarrierBookingFailed':
    case 'DeliveryTracked':
    case 'DeliveryDelayed':
    case 'DeliveryAttemptFailed':
    case 'DeliveryReturnStarted':
    case 'DeliveryPersonalDataErased':
      return []
  }
}

function parcelOf(
  { address, weightGrams, revision }: Delivery,
  { carrier, service }: { carrier: string; service: string },
  deliveryId: string,
): Parcel {
  return { deliveryId, revision, carrier, service, address, weightGrams }
}
