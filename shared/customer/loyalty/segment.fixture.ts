import { NOW, specification } from '../../core/specification.fixture.ts'
import { DAY, type Instant, plus } from '../../core/time.ts'
import { customer } from '../aggregate.ts'
import {
  CUSTOMER_ID,
  registered,
  segmentChanged,
  segmentDecision,
  spent,
  started,
} from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'

/** A buyer whose segment is reviewed. Not used outside tests. */

export const spec = specification(customer, { id: CUSTOMER_ID })
export const review = { type: 'ReviewSegment' } as const
export const inDays = (days: number) => plus(NOW, days * DAY)
export const neverOrdered = { deliveredOrders: 0, registeredAt: NOW, tier: 'bronze' } as const
export const buyer = { ...neverOrdered, deliveredOrders: 1, lastOrderAt: NOW } as const
export const history = [started, registered, spent('o1', 10_00, 10_00)] as const
export const becameActive = segmentChanged(['new', 'active'], 'no_other_rule', buyer)
export const becameAtRisk = segmentChanged(['active', 'at_risk'], 'no_order_for_60_days', buyer)
export const consenting: CustomerEvent = {
  type: 'CustomerProfileUpdated',
  data: { profile: { name: 'Ada', addresses: [], marketingConsent: true }, changed: ['marketingConsent'] },
}

export function offered(version: number, at: Instant, consented: boolean): CustomerEvent {
  return {
    type: 'RetentionOfferMade',
    data: {
      promotionCode: `STAY-TOKENRETENTION${version}`,
      percent: 15,
      endsAt: plus(at, 14 * DAY),
      consented,
      decisions: [segmentDecision('at_risk', 'no_order_for_60_days', buyer)],
    },
  }
}
