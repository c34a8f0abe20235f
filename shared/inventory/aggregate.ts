import type { Aggregate } from '../core/aggregate.ts'
import { type InventoryCommand, inventoryCommand } from './commands.ts'
import { decide } from './decide.ts'
import { type InventoryEvent, inventoryEvent } from './events.ts'
import { inventoryListing } from './listing.ts'
import { react } from './process.ts'
import { personalData } from './redact.ts'
import { inventoryRefusals } from './refusals.ts'
import { abridged, evolve, type Inventory, inventorySchema } from './state.ts'
import { upcasters } from './upcast.ts'

/** The stock of one SKU over all its locations, and what orders hold of it; named by the SKU. */
export const inventory: Aggregate<Inventory, InventoryCommand, InventoryEvent> = {
  kind: 'inventory',
  context: 'inventory',
  command: inventoryCommand,
  event: inventoryEvent,
  refusals: inventoryRefusals,
  state: inventorySchema,
  stateVersion: 3,
  evolve,
  decide,
  react,
  abridged,
  personalData,
  errorEvents: ['InventoryInsufficient'],
  upcasters,
  listing: inventoryListing,
}
