import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { type Inventory, levelsOf } from './state.ts'

const units = z.int().min(0)

/** The stock of a SKU as it stands in lists: its levels, however many orders hold some of it. */
export const inventoryListingSchema = z.object({
  sku: skuSchema,
  onHand: units,
  reserved: units,
  available: units,
})
export type InventoryListing = z.infer<typeof inventoryListingSchema>

/** How the stock of a SKU stands in lists; units over all locations. */
export function inventoryListing(state: Inventory): InventoryListing {
  const { onHand, reserved, available } = levelsOf(state)
  return { sku: state.sku, onHand, reserved, available }
}
