import { z } from 'zod'
import { cartEvent } from '../../shared/cart/events.ts'
import { productEvent, productViewed } from '../../shared/catalog/events.ts'
import { systemEvents } from '../../shared/core/system-events.ts'
import { emailAddressEvent } from '../../shared/customer/email-address-events.ts'
import { customerEvent } from '../../shared/customer/events.ts'
import { deliveryEvent } from '../../shared/delivery/events.ts'
import { inventoryEvent } from '../../shared/inventory/events.ts'
import { orderEvent } from '../../shared/order/events.ts'
import { paymentEvent } from '../../shared/payment/events.ts'
import { promotionEvent } from '../../shared/promotion/events.ts'
import { reviewEvent } from '../../shared/review/events.ts'

interface EventUnion {
  readonly options: readonly {
    readonly shape: { readonly type: { readonly value: string }; readonly data: z.ZodType }
  }[]
}

/** The events of each context, by the first part of their CloudEvents type. */
const contexts: readonly (readonly [context: string, union: EventUnion])[] = [
  ['catalog', productEvent],
  ['catalog', { options: [productViewed] }],
  ['cart', cartEvent],
  ['customer', customerEvent],
  ['customer', emailAddressEvent],
  ['delivery', deliveryEvent],
  ['inventory', inventoryEvent],
  ['order', orderEvent],
  ['payment', paymentEvent],
  ['promotion', promotionEvent],
  ['review', reviewEvent],
]

/** The data of every event type there is, by CloudEvents type (`order.OrderCreated`). */
export const eventData: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ...contexts.flatMap(([context, { options }]) =>
    options.map(({ shape }): [string, z.ZodType] => [`${context}.${shape.type.value}`, shape.data]),
  ),
  ...Object.entries(systemEvents).map(([name, data]): [string, z.ZodType] => [`system.${name}`, data]),
])

/** The JSON Schema (2020-12) of an event's `data`, as its `dataschema` names it; `null` for no such type. */
export function eventSchema(type: string, origin: string): object | null {
  const data = eventData.get(type)
  if (!data) return null
  // What is written, not what is read: a stored event has no defaults left to fill.
  const { $schema, ...schema } = z.toJSONSchema(data, { io: 'output', unrepresentable: 'any' })
  return { $schema, $id: `${origin}/schemas/${type}.json`, title: type, ...schema }
}
