import type { PersonalData } from '../core/aggregate.ts'
import { freeField } from '../core/text/free-text.ts'
import type { InventoryEvent } from './events.ts'

/** The reason of a stock change: an operator's free text, or one of these codes. */
const stockReason = freeField('received', 'recount', 'returned', 'damaged', 'lost')
/** The reason of a release: processes use the code that ended the order. */
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

/** The event without operators' free text, which may contain personal data. */
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

/** Stock has no owner, so it is never erased; still, sinks get no free text. */
export const personalData: PersonalData<InventoryEvent> = { without: withoutPersonalData, erasedBy: [] }
