import { z } from '@hono/zod-openapi'
import { type Delivery, deliverySchema } from '../../../shared/delivery/state.ts'
import { mayReadOf } from '../auth.ts'
import { identityShape, moneyResource, type ResourceKind, timesShape } from './resource.ts'

export const deliveryResource = z
  .object({ ...identityShape, ...deliverySchema.shape, price: moneyResource.optional(), ...timesShape })
  .openapi('Delivery')

export const deliveries: ResourceKind<Delivery, z.infer<typeof deliveryResource>> = {
  collection: 'deliveries',
  kind: 'delivery',
  schema: deliveryResource,
  notFoundCode: 'delivery_not_found',
  object: (env, id) => env.DELIVERY.get(env.DELIVERY.idFromName(id)),
  render: ({ id, version, state, createdAt, updatedAt }) => ({ id, version, ...state, createdAt, updatedAt }),
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}
