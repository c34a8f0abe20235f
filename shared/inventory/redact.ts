import type { PersonalData } from '../core/aggregate.ts'
import { codeOnly } from '../core/free-text.ts'
import type { InventoryEvent } from './events.ts'

/** The event without what an operator wrote in free words, in which anybody may be named. */
export function withoutPersonalData(event: InventoryEvent): InventoryEvent {
  switch (event.type) {
    case 'InventoryUpdated': {
      const { reason } = event.data
      return reason === undefined ? event : { ...event, data: { ...event.data, reason: codeOnly(reason) } }
    }
    case 'InventoryReleased':
      return { ...event, data: { ...event.data, reason: codeOnly(event.data.reason) } }
    default:
      return event
  }
}

/** Stock belongs to nobody, so it is never erased; sinks get no free words all the same. */
export const personalData: PersonalData<InventoryEvent> = { without: withoutPersonalData, erasedBy: [] }
