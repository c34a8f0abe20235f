import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { InventoryCommand } from './commands.ts'
import type { Allocation, InventoryEvent, InventoryEventData } from './events.ts'
import { stockReplenishmentPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { inventoryRules } from './rules.ts'
import { type Inventory, type InventoryFeature, levelsOf } from './state.ts'
import { isBelowReorderPoint, type StockLocation } from './stock-location.ts'

/** On-hand stock at the locations, and the replenishment request when too little is available. */
export const stock = {
  creation: {
    evolve: { InventoryUpdated: updated },
    decide: { UpdateStock: updateStock },
  },
  evolve: {
    ReplenishmentRequested: (state) => ({ ...state, replenishmentRequested: true }),
    // It summarises the changes of the events before it.
    StockLevelChanged: (state) => state,
  },
} satisfies InventoryFeature

function nothing(sku: string): Inventory {
  return { sku, locations: [], held: [], closed: [], replenishmentRequested: false }
}

function updated(state: Inventory | null, data: InventoryEventData<'InventoryUpdated'>): Inventory {
  const { location, onHand, country, region, reorderPoint, reorderQuantity } = data
  const { locations, ...rest } = state ?? nothing(data.sku)
  return refilled({
    ...rest,
    ...(reorderPoint !== undefined && { reorderPoint }),
    ...(reorderQuantity !== undefined && { reorderQuantity }),
    locations: withLocation(locations, location, (present) => ({
      ...present,
      ...(country !== undefined && { country }),
      ...(region !== undefined && { region }),
      onHand,
    })),
  })
}

/** Adds the allocated quantities, each times a sign, to their locations' on-hand and reserved units. */
export function shifted(
  state: Inventory,
  allocations: readonly Allocation[],
  onHand: 1 | 0 | -1,
  reserved: 1 | 0 | -1,
): Inventory {
  const locations = allocations.reduce<readonly StockLocation[]>(
    (changed, { location, quantity }) =>
      withLocation(changed, location, (present) => ({
        ...present,
        onHand: present.onHand + onHand * quantity,
        reserved: present.reserved + reserved * quantity,
      })),
    state.locations,
  )
  return refilled({ ...state, locations: [...locations] })
}

function withLocation(
  locations: readonly StockLocation[],
  name: string,
  change: (present: StockLocation) => StockLocation,
): StockLocation[] {
  const index = locations.findIndex(({ location }) => location === name)
  const present = locations[index] ?? { location: name, onHand: 0, reserved: 0 }
  return index < 0 ? [...locations, change(present)] : locations.with(index, change(present))
}

/** Once stock is at the reorder point again, the next fall below it is a new crossing. */
function refilled(state: Inventory): Inventory {
  if (!state.replenishmentRequested) return state
  if (isBelowReorderPoint(levelsOf(state).available, state.reorderPoint)) return state
  return { ...state, replenishmentRequested: false }
}

/**
 * Sets or adjusts a location's on-hand stock (units). Refused: `stock_change_unclear`,
 * `stock_below_reserved`, `stock_too_high`, `too_many_locations`.
 */
function updateStock(
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
  if (onHand > inventoryRules.maxOnHand)
    return refuse('stock_too_high', `${location} cannot have ${onHand} units.`, {
      maximum: inventoryRules.maxOnHand,
    })
  if (!present && state && state.locations.length >= inventoryRules.maxLocations)
    return refuse(
      'too_many_locations',
      `${state.sku} is kept at ${state.locations.length} locations already.`,
    )
  if (state && present && onHand === before && !isNewData(rest, state, present)) return accept()

  const data = { ...rest, sku: context.id, change: onHand - before, onHand }
  const after = updated(state, data)
  return accept(
    { type: 'InventoryUpdated', data },
    stockLevelChanged(after),
    ...replenishment(after, levelsOf(after).available),
  )
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

/** Whether a change brings new data about the location or the replenishment settings. */
function isNewData(
  change: Pick<
    CommandOf<InventoryCommand, 'UpdateStock'>,
    'country' | 'region' | 'reorderPoint' | 'reorderQuantity'
  >,
  state: Inventory,
  present: StockLocation,
): boolean {
  return (
    (change.country !== undefined && change.country !== present.country) ||
    (change.region !== undefined && change.region !== present.region) ||
    (change.reorderPoint !== undefined && change.reorderPoint !== state.reorderPoint) ||
    (change.reorderQuantity !== undefined && change.reorderQuantity !== state.reorderQuantity)
  )
}
