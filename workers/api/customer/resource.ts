import { z } from '@hono/zod-openapi'
import { profileSchema } from '../../../shared/customer/events.ts'
import { pointBalance } from '../../../shared/customer/loyalty/points.ts'
import { spending12m } from '../../../shared/customer/loyalty/state.ts'
import { type Customer, customerSchema } from '../../../shared/customer/state.ts'
import { segmentSchema, tierSchema } from '../../../shared/promotion/terms.ts'
import { mayReadOf } from '../http/auth/authorization.ts'
import { identityShape, type ResourceKind, timesShape } from '../http/resource.ts'

const points = z.int().min(0)

export const customerResource = z
  .object({
    ...identityShape,
    status: customerSchema.shape.status,
    email: z.string(),
    ...profileSchema.shape,
    loyalty: z.object({
      tier: tierSchema,
      points: z.object({ pending: points, available: points }),
      spending12m: z.int().min(0).openapi({
        description: "Net spending of the last 12 months, in minor units of the shop's currency.",
      }),
    }),
    segment: segmentSchema,
    ...timesShape,
  })
  .openapi('Customer')

export const customers: ResourceKind<Customer, z.infer<typeof customerResource>> = {
  collection: 'customers',
  kind: 'customer',
  schema: customerResource,
  notFoundCode: 'customer_not_found',
  object: (env, id) => env.CUSTOMER.getByName(id),
  render: ({ id, version, state, createdAt, updatedAt }, now) => ({
    id,
    version,
    status: state.status,
    email: state.email,
    ...state.profile,
    loyalty: {
      tier: state.loyalty.tier,
      points: pointBalance(state.loyalty, now),
      spending12m: spending12m(state.loyalty, now),
    },
    segment: state.segment,
    createdAt,
    updatedAt,
  }),
  mayRead: (caller, { id }) => mayReadOf(caller, id),
  changesWithTime: true,
}
