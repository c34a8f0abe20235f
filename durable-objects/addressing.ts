import type { Env } from './env.ts'

/** Every kind of aggregate and the binding of its Durable Object class. */
const namespaces = {
  customer: (env: Env) => env.CUSTOMER,
  email_address: (env: Env) => env.EMAIL_ADDRESS,
  product: (env: Env) => env.PRODUCT,
  cart: (env: Env) => env.CART,
  customer_profile: (env: Env) => env.CUSTOMER_PROFILE,
  order: (env: Env) => env.ORDER,
  payment: (env: Env) => env.PAYMENT,
  inventory: (env: Env) => env.INVENTORY,
  delivery: (env: Env) => env.DELIVERY,
  promotion: (env: Env) => env.PROMOTION,
  review: (env: Env) => env.REVIEW,
} as const

export type AggregateKind = keyof typeof namespaces

export const aggregateKinds = Object.keys(namespaces)

/** Whether aggregates of this kind exist. */
export function isAggregateKind(kind: string): kind is AggregateKind {
  return Object.hasOwn(namespaces, kind)
}

/**
 * The object of an aggregate whose kind is only known when it runs (an effect, a timer, a confirmation).
 *
 * @throws RangeError for a kind that does not exist, which can only be a defect
 */
export function anyAggregateStub(env: Env, kind: string, id: string) {
  if (!isAggregateKind(kind)) throw new RangeError(`there is no aggregate of kind ${kind}`)
  const namespace = namespaces[kind](env)
  return namespace.getByName(id)
}
