import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { type Inventory, levelsOf } from './state.ts'

const units = z.int().min(0)

/** The stock of a SKU in lists: its levels, without its reservations. */
export const inventoryListingSchema = z.object({
  sku: skuSchema,
  onHand: units,
  reserved: units,
  available: units,
})
type InventoryListing = z.infer<typeof inventoryListingSchema>

/** Projects the stock of a SKU into lists; units over all locations. */
export function inventoryListing(state: Inventory): InventoryListing {
  const { onHand, reserved, available } = levelsOf(state)
  return { sku: state.sku, onHand, reserved, available }
}
