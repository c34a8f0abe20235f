import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { type InventoryCommand, inventoryCommand } from './commands.ts'
import { type InventoryEvent, inventoryEvent } from './events.ts'
import { inventoryListing } from './listing.ts'
import { personalData } from './redact.ts'
import { inventoryRefusals, refuse } from './refusals.ts'
import { reservation } from './reservation.ts'
import { abridged, type Inventory, inventorySchema } from './state.ts'
import { stock } from './stock.ts'
import { upcasters } from './upcast.ts'

const features = [stock, reservation] as const

/** The stock of one SKU over all its locations, and its reservations; named by the SKU. */
export const inventory: Aggregate<Inventory, InventoryCommand, InventoryEvent> = {
  kind: 'inventory',
  context: 'inventory',
  command: inventoryCommand,
  event: inventoryEvent,
  refusals: inventoryRefusals,
  state: inventorySchema,
  stateVersion: 3,
  ...combineFeatures<Inventory, InventoryCommand, InventoryEvent, typeof features>(features, ({ id }) =>
    refuse('stock_not_found', `No stock is kept of ${id}.`),
  ),
  abridged,
  personalData,
  errorEvents: ['InventoryInsufficient'],
  upcasters,
  listing: inventoryListing,
}
