import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { InventoryCommand } from './commands.ts'
import type { InventoryEvent } from './events.ts'
import { stockReplenishmentPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { inventoryRules } from './rules.ts'
import { evolve, type Inventory, levelsOf } from './state.ts'
import type { StockLocation } from './stock-location.ts'

/**
 * Sets or adjusts what a location has on hand (units). Refused: `stock_change_unclear`,
 * `stock_below_reserved`, `stock_too_high`, `too_many_locations`.
 */
export function updateStock(
  command: CommandOf<InventoryCommand, 'UpdateStock'>,
  state: Inventory | null,
  context: DecisionContext,
): Decision<InventoryEvent> {
  const { type: _, set, adjust, ...rest } = command
  const { location } = rest
  if ((set === undefined) === (adjust === undefined))
    return refuse('stock_change_unclear', 'Exactly one of set and adjust says what the stock is.')

  const present = state?.locations.find((one) => one.location === location)
  const before = present?.onHand ?? 0
  const reserved = present?.reserved ?? 0
  const onHand = set ?? before + (adjust ?? 0)
  if (onHand < reserved)
    return refuse(
      'stock_below_reserved',
      `${location} cannot go to ${onHand}: it has ${before}, of which ${reserved} are reserved.`,
      { location, onHand: before, reserved },
    )
  if (onHand > inventoryRules.onHand)
    return refuse('stock_too_high', `${location} cannot have ${onHand} units.`, {
      maximum: inventoryRules.onHand,
    })
  if (!present && state && state.locations.length >= inventoryRules.locations)
    return refuse(
      'too_many_locations',
      `${state.sku} is kept at ${state.locations.length} locations already.`,
    )
  if (state && present && onHand === before && !tellsNews(rest, state, present)) return accept()

  const updated: InventoryEvent = {
    type: 'InventoryUpdated',
    data: { ...rest, sku: context.id, change: onHand - before, onHand },
  }
  const after = evolve(state, updated, context.now)
  return accept(updated, stockLevelChanged(after), ...replenishment(after, levelsOf(after).available))
}

/** The levels over all locations, as an event. */
export function stockLevelChanged(after: Inventory): InventoryEvent {
  return { type: 'StockLevelChanged', data: { sku: after.sku, ...levelsOf(after) } }
}

/** The request for new stock, if it is due once this many units are available over all locations. */
export function replenishment(state: Inventory, available: number): InventoryEvent[] {
  const { sku, replenishmentRequested } = state
  const decision = stockReplenishmentPolicy({
    available,
    reorderPoint: state.reorderPoint,
    reorderQuantity: state.reorderQuantity,
    replenishmentRequested,
  })
  if (!decision.request) return []
  const { reorderPoint, reorderQuantity } = decision
  return [
    {
      type: 'ReplenishmentRequested',
      data: { sku, available, reorderPoint, reorderQuantity, decisions: [decision.decision] },
    },
  ]
}

/** Whether a change says something about the location or about ordering anew that was not known. */
function tellsNews(
  told: Pick<
    CommandOf<InventoryCommand, 'UpdateStock'>,
    'country' | 'region' | 'reorderPoint' | 'reorderQuantity'
  >,
  state: Inventory,
  present: StockLocation,
): boolean {
  return (
    (told.country !== undefined && told.country !== present.country) ||
    (told.region !== undefined && told.region !== present.region) ||
    (told.reorderPoint !== undefined && told.reorderPoint !== state.reorderPoint) ||
    (told.reorderQuantity !== undefined && told.reorderQuantity !== state.reorderQuantity)
  )
}
