import { cart } from './cart/aggregate.ts'
import { product } from './catalog/aggregate.ts'
import type { AnyAggregate } from './core/aggregate.ts'
import { customer } from './customer/aggregate.ts'
import { customerProfile } from './customer-profile/aggregate.ts'
import { delivery } from './delivery/aggregate.ts'
import { emailAddress } from './email-address/aggregate.ts'
import { inventory } from './inventory/aggregate.ts'
import { order } from './order/aggregate.ts'
import { payment } from './payment/aggregate.ts'
import { promotion } from './promotion/aggregate.ts'
import { review } from './review/aggregate.ts'

/** Kinds of aggregates by their names. What is derived from all kinds takes one of these. */
export type Registry = Readonly<Record<string, AnyAggregate>>

/**
 * Every kind of aggregate, once. Addresses, contexts, stream names, event types, refusals, schemas, samples and
 * diagrams are derived from it; a Durable Object class and its binding are held against it by a test.
 */
export const registry = {
  product,
  cart,
  customer,
  email_address: emailAddress,
  delivery,
  inventory,
  customer_profile: customerProfile,
  order,
  payment,
  promotion,
  review,
} as const satisfies Registry

export type AggregateKind = keyof typeof registry

/** Whether aggregates of this kind exist. */
export function isAggregateKind(kind: string): kind is AggregateKind {
  return Object.hasOwn(registry, kind)
}

/** The bounded contexts, in alphabetical order. */
export function contextsOf(kinds: Registry): string[] {
  return [...new Set(Object.values(kinds).map(({ context }) => context))].sort()
}

/** The kinds of aggregates of a context. */
export function kindsIn(kinds: Registry, context: string): string[] {
  return Object.values(kinds).flatMap((aggregate) => (aggregate.context === context ? [aggregate.kind] : []))
}
