import { z } from '@hono/zod-openapi'
import { instantSchema } from '../../../shared/core/time.ts'
import { type Delivery, deliverySchema, expectedWindow } from '../../../shared/delivery/state.ts'
import { mayReadOf } from '../http/auth/authorization.ts'
import { identityShape, moneyResource, type ResourceKind, timesShape } from '../http/resource.ts'

export const deliveryResource = z
  .object({
    ...identityShape,
    ...deliverySchema.omit({ newsIds: true }).shape,
    price: moneyResource.optional(),
    window: z.object({ from: instantSchema, to: instantSchema }).openapi({
      description: 'When the parcel is expected: the promised window, or a later one after a delay.',
    }),
    ...timesShape,
  })
  .openapi('Delivery')

export const deliveries: ResourceKind<Delivery, z.infer<typeof deliveryResource>> = {
  collection: 'deliveries',
  kind: 'delivery',
  schema: deliveryResource,
  notFoundCode: 'delivery_not_found',
  object: (env, id) => env.DELIVERY.getByName(id),
  render: ({ id, version, state: { newsIds: _, ...shown }, createdAt, updatedAt }) => ({
    id,
    version,
    ...shown,
    window: expectedWindow(shown),
    createdAt,
    updatedAt,
  }),
  // The reason of a cancellation is an operator's note; the reason of a failure comes from the carrier.
  forBuyer: ({ reason, ...delivery }) =>
    delivery.status === 'cancelled' || reason === undefined ? delivery : { ...delivery, reason },
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}
