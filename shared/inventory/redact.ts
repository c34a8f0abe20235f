import type { PersonalData } from '../core/aggregate.ts'
import { freeField } from '../core/text/free-text.ts'
import type { InventoryEvent } from './events.ts'

/** Why stock was changed: operators may say it in their own words, or with one of these codes. */
const stockReason = freeField('received', 'recount', 'returned', 'damaged', 'lost')
/** Why a reservation was released: processes say it with the code of what ended the order. */
const releaseReason = freeField(
  ...['operator', 'order_ended', 'delivery_failed', 'order_refunded'],
  ...[
    'customer_request',
    'out_of_stock',
    'payment_failed',
    'promotion_refused',
    'points_unavailable',
    'fraud',
  ],
)

/** The event without what an operator wrote in free words, in which anybody may be named. */
export function withoutPersonalData(event: InventoryEvent): InventoryEvent {
  switch (event.type) {
    case 'InventoryUpdated': {
      const { reason } = event.data
      return reason === undefined ? event : { ...event, data: { ...event.data, reason: stockReason(reason) } }
    }
    case 'InventoryReleased':
      return { ...event, data: { ...event.data, reason: releaseReason(event.data.reason) } }
    default:
      return event
  }
}

/** Stock has no owner, so it is never erased; sinks get no free text all the same. */
export const personalData: PersonalData<InventoryEvent> = { without: withoutPersonalData, erasedBy: [] }
