import { cart } from '../shared/cart/aggregate.ts'
import { product } from '../shared/catalog/aggregate.ts'
import { streamName } from '../shared/core/cloud-event.ts'
import { idPrefixes } from '../shared/core/ids.ts'
import type { Stream } from '../shared/core/projection.ts'
import { customer } from '../shared/customer/aggregate.ts'
import { customerProfile } from '../shared/customer-profile/aggregate.ts'
import { delivery } from '../shared/delivery/aggregate.ts'
import { emailAddress } from '../shared/email-address/aggregate.ts'
import { inventory } from '../shared/inventory/aggregate.ts'
import { order } from '../shared/order/aggregate.ts'
import { payment } from '../shared/payment/aggregate.ts'
import { promotion } from '../shared/promotion/aggregate.ts'
import { review } from '../shared/review/aggregate.ts'
import { aggregateKinds } from './addressing.ts'

const aggregates = [
  customer,
  emailAddress,
  product,
  cart,
  customerProfile,
  order,
  payment,
  inventory,
  delivery,
  promotion,
  review,
] as const

export const contexts = [
  'cart',
  'catalog',
  'customer',
  'delivery',
  'inventory',
  'order',
  'payment',
  'promotion',
  'review',
] as const
export type Context = (typeof contexts)[number]

/** The kinds of aggregates of a context. */
export function kindsOf(context: Context): string[] {
  return aggregates.filter((aggregate) => aggregate.context === context).map(({ kind }) => kind)
}

/** The context of a kind of aggregate. @throws RangeError for a kind that does not exist */
export function contextOf(kind: string): string {
  const found = aggregates.find((aggregate) => aggregate.kind === kind)
  if (!found) throw new RangeError(`there is no aggregate of kind ${kind}`)
  return found.context
}

const kindOfPrefix: ReadonlyMap<string, string> = new Map(
  Object.entries(idPrefixes).map(([kind, prefix]) => [prefix, kind]),
)

/** The aggregate of a stream's name, as `streamName` writes it; `null` for what can name none. */
export function streamNamed(name: string): Stream | null {
  const slash = name.indexOf('/')
  const kind = slash < 0 ? kindOfPrefix.get(name.slice(0, name.indexOf('_'))) : name.slice(0, slash)
  const id = name.slice(slash + 1)
  if (kind === undefined || id === '' || !aggregateKinds.includes(kind)) return null
  return streamName(kind, id) === name ? { kind, id } : null
}
