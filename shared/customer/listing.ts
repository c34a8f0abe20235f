import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'
import { pointBalance } from './loyalty/points.ts'
import { spending12m } from './loyalty/state.ts'
import { type Customer, customerSchema } from './state.ts'

const points = z.int().min(0)

/** A customer in lists, as it is shown: nothing that identifies the person. */
export const customerListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  status: customerSchema.shape.status,
  /** Values at `updatedAt`; `spending12m` in minor units. */
  loyalty: z.object({
    tier: tierSchema,
    points: z.object({ pending: points, available: points }),
    spending12m: z.int().min(0),
  }),
  segment: segmentSchema,
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type CustomerListing = z.infer<typeof customerListingSchema>

/** What is stored of a customer for lists: with the words by which operators find the person, which no list shows. */
interface StoredCustomerListing extends CustomerListing {
  /** Name, e-mail address and phone number; missing for an erased customer. */
  readonly search?: string
}

/** Projects a customer into lists. */
export function customerListing(state: Customer, about: ListingFacts): StoredCustomerListing {
  const { status, loyalty, segment, email, profile } = state
  const search = [profile.name, email, profile.phone ?? ''].filter((text) => text !== '').join(' ')
  const { pending, available } = pointBalance(loyalty, about.updatedAt)
  return {
    id: about.id,
    version: about.version,
    status,
    loyalty: {
      tier: loyalty.tier,
      points: { pending, available },
      spending12m: spending12m(loyalty, about.updatedAt),
    },
    segment,
    createdAt: about.createdAt,
    updatedAt: about.updatedAt,
    ...(search !== '' && { search }),
  }
}
