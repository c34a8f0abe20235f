import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { instantSchema } from '../core/time.ts'
import { type Inventory, inventorySchema, levelsOf } from './state.ts'
import { availableAt, stockLocationSchema } from './stock-location.ts'

const units = z.int().min(0)
const { reorderPoint, reorderQuantity } = inventorySchema.shape

/** The stock of a SKU in lists: its levels, without its reservations. */
export const inventoryListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  sku: skuSchema,
  onHand: units,
  reserved: units,
  available: units,
  locations: z.array(stockLocationSchema.extend({ available: units })),
  ...{ reorderPoint, reorderQuantity },
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type InventoryListing = z.infer<typeof inventoryListingSchema>

/** Projects the stock of a SKU into lists; units over all locations, and of each. */
export function inventoryListing(
  state: Inventory,
  { id, version, createdAt, updatedAt }: ListingFacts,
): InventoryListing {
  const { sku, reorderPoint, reorderQuantity } = state
  const { onHand, reserved, available } = levelsOf(state)
  const locations = state.locations.map((location) => ({ ...location, available: availableAt(location) }))
  return {
    ...{ id, version, sku, onHand, reserved, available, locations },
    ...{ reorderPoint, reorderQuantity, createdAt, updatedAt },
  }
}
