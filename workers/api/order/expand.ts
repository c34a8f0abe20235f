import { z } from '@hono/zod-openapi'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { customerResource, customers } from '../customer/resource.ts'
import { deliveries, deliveryResource } from '../delivery/resource.ts'
import type { ApiContext } from '../http/context.ts'
import { severalOf } from '../http/request/list-query.ts'
import { type ResourceKind, resourceFor } from '../http/resource.ts'
import { READ_CONCURRENCY, withTimeout } from '../http/timeout.ts'
import { paymentResource, payments } from '../payment/resource.ts'

/** Each order of a page means reading several aggregates. */
export const MAX_EXPANDED_ORDERS = 20

export const expansions = ['payments', 'deliveries', 'customer'] as const
export type Expansion = (typeof expansions)[number]

/** The query parameter that asks for what belongs to an order. */
export const expandParameter = severalOf(expansions).openapi({
  description:
    'What belongs to an order and is sent with it in `expanded`, with commas between them: as it is now, in the form of its own resource. What does not exist yet is left out.',
})

const expandedSchema = z.object({
  payments: z.array(paymentResource).optional(),
  deliveries: z.array(deliveryResource).optional(),
  customer: customerResource.optional(),
})
type Expanded = z.infer<typeof expandedSchema>

/** The member of an order that has what was asked for by `expand`. */
export const expandedShape = {
  expanded: expandedSchema.optional().openapi({
    description: 'What was asked for by `expand`, and only that; missing without it.',
  }),
}

interface Owner {
  readonly customerId: string
  readonly payments: readonly string[]
  readonly deliveries: readonly string[]
}

/**
 * What belongs to some orders, in their order, read from its own objects, a bounded number at a time. Each is shown as to
 * anyone who reads it by its id: what the caller may not see is left out.
 */
export async function expandedOf(
  c: ApiContext,
  orders: readonly Owner[],
  asked: readonly Expansion[],
): Promise<Expanded[]> {
  await clock.sync(c.env)
  const waiting: Read[] = []
  const later = <State, Resource>(kind: ResourceKind<State, Resource>, id: string) => {
    const result: { resource?: Resource } = {}
    waiting.push(async () => {
      const resource = await resourceIfVisible(c, kind, id)
      if (resource !== null) result.resource = resource
    })
    return result
  }
  const begun = orders.map(({ customerId, payments: paymentIds, deliveries: deliveryIds }) => ({
    payments: asked.includes('payments') ? paymentIds.map((id) => later(payments, id)) : undefined,
    deliveries: asked.includes('deliveries') ? deliveryIds.map((id) => later(deliveries, id)) : undefined,
    customer: asked.includes('customer') ? later(customers, customerId) : undefined,
  }))
  await mapBounded(waiting, READ_CONCURRENCY, (read) => read())
  return begun.map((one) => ({
    ...(one.payments && { payments: one.payments.flatMap(({ resource }) => resource ?? []) }),
    ...(one.deliveries && { deliveries: one.deliveries.flatMap(({ resource }) => resource ?? []) }),
    ...(one.customer?.resource && { customer: one.customer.resource }),
  }))
}

type Read = () => Promise<void>

async function resourceIfVisible<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  id: string,
): Promise<Resource | null> {
  const view = await withTimeout(kind.object(c.env, id).read({}))
  if (!view || !kind.mayRead(c.get('caller'), view)) return null
  return resourceFor(c, kind, view, kind.changesWithTime ? clock.now() : undefined)
}
