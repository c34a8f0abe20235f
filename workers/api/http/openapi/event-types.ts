import type { z } from 'zod'
import { cart } from '../../../../shared/cart/aggregate.ts'
import { cartEvent } from '../../../../shared/cart/events.ts'
import { product } from '../../../../shared/catalog/aggregate.ts'
import { productEvent, productViewed } from '../../../../shared/catalog/events.ts'
import { type AggregateDescription, schemaVersion } from '../../../../shared/core/aggregate.ts'
import type { EventCategory } from '../../../../shared/core/cloud-event.ts'
import { systemEvents, systemEventTypes, systemEventVersion } from '../../../../shared/core/system-events.ts'
import { customer } from '../../../../shared/customer/aggregate.ts'
import { customerEvent } from '../../../../shared/customer/events.ts'
import { customerProfile } from '../../../../shared/customer-profile/aggregate.ts'
import { customerProfileEvent } from '../../../../shared/customer-profile/events.ts'
import { delivery } from '../../../../shared/delivery/aggregate.ts'
import { deliveryEvent } from '../../../../shared/delivery/events.ts'
import { emailAddress } from '../../../../shared/email-address/aggregate.ts'
import { emailAddressEvent } from '../../../../shared/email-address/events.ts'
import { inventory } from '../../../../shared/inventory/aggregate.ts'
import { inventoryEvent } from '../../../../shared/inventory/events.ts'
import { order } from '../../../../shared/order/aggregate.ts'
import { orderEvent } from '../../../../shared/order/events.ts'
import { payment } from '../../../../shared/payment/aggregate.ts'
import { paymentEvent } from '../../../../shared/payment/events.ts'
import { promotion } from '../../../../shared/promotion/aggregate.ts'
import { promotionEvent } from '../../../../shared/promotion/events.ts'
import { review } from '../../../../shared/review/aggregate.ts'
import { reviewEvent } from '../../../../shared/review/events.ts'

/** One type of event that Petrel publishes. */
export interface EventType {
  /** Its CloudEvents type (`order.OrderCreated`). */
  readonly type: string
  readonly context: string
  readonly name: string
  readonly category: EventCategory
  /** The newest version of its data, which is the one that is published; they count from 1. */
  readonly version: number
  /** Whether it stands in the log of an aggregate, and so has a place in a sequence. */
  readonly logged: boolean
  readonly data: z.ZodType
}

type Stream = Pick<AggregateDescription, 'context' | 'errorEvents' | 'upcasters'>

interface EventUnion {
  readonly options: readonly {
    readonly shape: { readonly type: { readonly value: string }; readonly data: z.ZodType }
  }[]
}

const streams: readonly (readonly [aggregate: Stream, events: EventUnion])[] = [
  [product, productEvent],
  [cart, cartEvent],
  [customer, customerEvent],
  [emailAddress, emailAddressEvent],
  [delivery, deliveryEvent],
  [inventory, inventoryEvent],
  [customerProfile, customerProfileEvent],
  [order, orderEvent],
  [payment, paymentEvent],
  [promotion, promotionEvent],
  [review, reviewEvent],
]

const logged = streams.flatMap(([aggregate, { options }]) =>
  options.map(({ shape: { type, data } }): EventType => {
    const { context } = aggregate
    const name = type.value
    const category = aggregate.errorEvents?.includes(name) ? 'error' : 'business'
    const version = schemaVersion(aggregate, name)
    return { type: `${context}.${name}`, context, name, category, version, logged: true, data }
  }),
)

/** An event that belongs to no log. */
function loose(
  context: string,
  name: string,
  category: EventCategory,
  { data, version = 1 }: { data: z.ZodType; version?: number },
): EventType {
  return { type: `${context}.${name}`, context, name, category, version, logged: false, data }
}

/** Every type of event there is, by its CloudEvents type. */
export const eventTypes: ReadonlyMap<string, EventType> = new Map(
  [
    ...logged,
    loose('catalog', productViewed.shape.type.value, 'business', { data: productViewed.shape.data }),
    ...systemEventTypes.map((name) =>
      loose('system', name, name === 'SystemError' ? 'error' : 'system', {
        data: systemEvents[name],
        version: systemEventVersion(name),
      }),
    ),
  ].map((eventType) => [eventType.type, eventType]),
)
