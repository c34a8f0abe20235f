import { z } from 'zod'
import type { Upcaster } from '../core/aggregate.ts'
import type { InventoryEvent } from './events.ts'

// Version 1 of these events had only a rule, or no reasons: the inputs are
// read from the rest of the event, and nothing is invented.

const reservedV1 = z.looseObject({ quantity: z.int(), available: z.int(), rule: z.string() })
const insufficientV1 = z.looseObject({ quantity: z.int(), available: z.int() })
const requestedV1 = z.looseObject({
  available: z.int(),
  reorderPoint: z.int(),
  reorderQuantity: z.int(),
})

/** `rule` becomes the decision of `allocationPolicy`; `available` is the rest after the reservation. */
const reserved: Upcaster = (data) => {
  const { rule, ...rest } = reservedV1.parse(data)
  const inputs = { quantity: rest.quantity, available: rest.available + rest.quantity }
  return { ...rest, decisions: [{ policy: 'allocationPolicy', rules: [rule], inputs, outcome: rule }] }
}

/** Insufficient stock has always had one reason. */
const insufficient: Upcaster = (data) => {
  const known = insufficientV1.parse(data)
  const { quantity, available } = known
  const rule = 'insufficient_stock'
  const decision = {
    policy: 'allocationPolicy',
    rules: [rule],
    inputs: { quantity, available },
    outcome: rule,
  }
  return { ...known, decisions: [decision] }
}

/** One rule has always requested new stock. */
const requested: Upcaster = (data) => {
  const known = requestedV1.parse(data)
  const { available, reorderPoint, reorderQuantity } = known
  const decision = {
    policy: 'stockReplenishmentPolicy',
    rules: ['below_reorder_point'],
    inputs: { available, reorderPoint, reorderQuantity },
    outcome: 'requested',
  }
  return { ...known, decisions: [decision] }
}

/** The steps from each older schema version of a stored event to the next. */
export const upcasters = {
  InventoryReserved: [reserved],
  InventoryInsufficient: [insufficient],
  ReplenishmentRequested: [requested],
} as const satisfies Partial<Record<InventoryEvent['type'], readonly Upcaster[]>>
