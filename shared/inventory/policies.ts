import { sum } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import type { Allocation } from './events.ts'
import { availableAt, isBelowReorderPoint, type StockLocation } from './stock-location.ts'

/** The destination of an order: ISO 3166-1 alpha-2 country and, where used, region. */
export interface Destination {
  readonly country: string
  readonly region?: string | undefined
}

/** The units from each location, and why; `available` is the total over all locations. */
type AllocationDecision = {
  readonly available: number
  /** As the event carries it: each location's units and distance. */
  readonly decision: PolicyDecision
} & (
  | { readonly rule: 'single_location' | 'fewest_locations'; readonly allocations: Allocation[] }
  | { readonly rule: 'insufficient_stock' }
)

/**
 * Chooses the locations for a quantity (units): one that has all, else the fewest. Among equally few,
 * the nearest to the destination: same country and region, then same country, then the listed order.
 * Units are taken in that order.
 */
export function allocationPolicy(
  locations: readonly StockLocation[],
  quantity: number,
  shipTo?: Destination,
): AllocationDecision {
  const stocked = locations.filter((location) => availableAt(location) > 0)
  const available = total(stocked)
  const inputs = allocationInputs(locations, quantity, shipTo)
  if (available < quantity) {
    const rule = 'insufficient_stock'
    return { rule, available, decision: { policy: ALLOCATION, rules: [rule], inputs, outcome: rule } }
  }
  const chosen = nearestOfFewest(stocked, quantity, (location) => distance(location, shipTo))
  let missing = quantity
  const allocations = chosen.map((location): Allocation => {
    const taken = Math.min(missing, availableAt(location))
    missing -= taken
    return { location: location.location, quantity: taken }
  })
  const rule = chosen.length === 1 ? 'single_location' : 'fewest_locations'
  const rules = [rule, ...chosen.slice(0, 1).map((nearest) => nearness[distance(nearest, shipTo)])]
  return { rule, allocations, available, decision: { policy: ALLOCATION, rules, inputs, outcome: rule } }
}

const ALLOCATION = 'allocationPolicy'

/** The inputs of the choice: every location, including empty ones, which explain why a near one was not chosen. */
function allocationInputs(
  locations: readonly StockLocation[],
  quantity: number,
  shipTo: Destination | undefined,
): PolicyDecision['inputs'] {
  return {
    quantity,
    ...(shipTo && { country: shipTo.country, ...(shipTo.region !== undefined && { region: shipTo.region }) }),
    locations: locations.map((location) => ({
      location: location.location,
      available: availableAt(location),
      distance: nearness[distance(location, shipTo)],
    })),
  }
}

/** The replenishment settings of a SKU and its level. */
interface ReplenishmentFacts {
  readonly available: number
  readonly reorderPoint?: number | undefined
  readonly reorderQuantity?: number | undefined
  /** Whether stock was requested since the level was last at or above the reorder point. */
  readonly replenishmentRequested: boolean
}

/** Whether to request new stock, how much, and why. */
type ReplenishmentDecision =
  | {
      readonly request: true
      readonly reorderPoint: number
      readonly reorderQuantity: number
      /** As the event carries it. */
      readonly decision: PolicyDecision
    }
  | {
      readonly request: false
      readonly rule: 'no_reorder_point' | 'stock_sufficient' | 'already_requested'
    }

/**
 * Requests new stock once per crossing of the reorder point, not per event. The default quantity is
 * the reorder point.
 */
export function stockReplenishmentPolicy(facts: ReplenishmentFacts): ReplenishmentDecision {
  const { available, reorderPoint, reorderQuantity = reorderPoint, replenishmentRequested } = facts
  if (reorderPoint === undefined || reorderQuantity === undefined)
    return { request: false, rule: 'no_reorder_point' }
  if (!isBelowReorderPoint(available, reorderPoint)) return { request: false, rule: 'stock_sufficient' }
  if (replenishmentRequested) return { request: false, rule: 'already_requested' }
  return {
    request: true,
    reorderPoint,
    reorderQuantity,
    decision: {
      policy: 'stockReplenishmentPolicy',
      rules: ['below_reorder_point'],
      inputs: { available, reorderPoint, reorderQuantity },
      outcome: 'requested',
    },
  }
}

/** 0: the same region of the same country; 1: the same country; 2: elsewhere, or unknown. */
type Distance = (typeof distances)[number]
const distances = [0, 1, 2] as const
/** The distances by name, as rules and inputs use them. Elsewhere, the order of the list decides. */
const nearness = ['same_region', 'same_country', 'listed_order'] as const

function distance(location: StockLocation, shipTo: Destination | undefined): Distance {
  if (!shipTo || !isSameName(location.country, shipTo.country)) return 2
  return isSameName(location.region, shipTo.region) ? 0 : 1
}

function isSameName(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toUpperCase() === other?.toUpperCase()
}

/** The fewest locations that together have a quantity, and of those the nearest; requires sufficient stock in total. */
function nearestOfFewest(
  stocked: readonly StockLocation[],
  quantity: number,
  distanceOf: (location: StockLocation) => Distance,
): StockLocation[] {
  const nearestFirst = (locations: readonly StockLocation[]) =>
    locations.toSorted((a, b) => distanceOf(a) - distanceOf(b))
  const fullestFirst = stocked.toSorted((a, b) => availableAt(b) - availableAt(a))
  const fewest = choose(fullestFirst, quantity, () => true).length
  // Among equally near ones the fullest leave the least for farther ones: they determine the minimum distances.
  const nearest = choose(
    nearestFirst(fullestFirst),
    quantity,
    (taken, rest) => total(taken) + mostOf(rest, fewest - taken.length) >= quantity,
  ).map(distanceOf)
  // Within these distances, the ones listed first that leave enough for the remaining distances.
  return choose(nearestFirst(stocked), quantity, (taken, rest) => {
    const open = nearest.slice(taken.length)
    const most = distances.map((steps) =>
      mostOf(
        rest.filter((location) => distanceOf(location) === steps),
        open.filter((needed) => needed === steps).length,
      ),
    )
    return total(taken) + sum(most) >= quantity
  })
}

/** Adds each candidate that fits with those before it, until they have the quantity. */
function choose(
  candidates: readonly StockLocation[],
  quantity: number,
  fits: (taken: readonly StockLocation[], rest: readonly StockLocation[]) => boolean,
): StockLocation[] {
  let taken: StockLocation[] = []
  for (const [index, candidate] of candidates.entries()) {
    if (total(taken) >= quantity) break
    const more = [...taken, candidate]
    if (fits(more, candidates.slice(index + 1))) taken = more
  }
  return taken
}

/** The most units that this number of locations can have together. */
function mostOf(locations: readonly StockLocation[], count: number): number {
  const fullestFirst = locations.map(availableAt).sort((a, b) => b - a)
  return sum(fullestFirst.slice(0, count))
}

function total(locations: readonly StockLocation[]): number {
  return sum(locations.map(availableAt))
}
