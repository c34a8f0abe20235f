import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'
import { type Delivery, deliverySchema } from './state.ts'

/** A delivery in lists: without its address, receiver and tracking. */
const listed = {
  orderId: true,
  customerId: true,
  status: true,
  service: true,
  carrier: true,
  price: true,
  promisedFrom: true,
  promisedTo: true,
  expectedBy: true,
  trackingNumber: true,
  attempts: true,
  onTime: true,
  confirmedBy: true,
} as const

export const deliveryListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  ...deliverySchema.pick(listed).shape,
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type DeliveryListing = z.infer<typeof deliveryListingSchema>

const listedFields = deliverySchema.pick(listed)

/** Projects a delivery into lists. */
export function deliveryListing(
  state: Delivery,
  { id, version, createdAt, updatedAt }: ListingFacts,
): DeliveryListing {
  return { id, version, ...listedFields.parse(state), createdAt, updatedAt }
}
