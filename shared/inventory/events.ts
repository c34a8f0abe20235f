import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { decisionsField, type PolicyDecision } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'

/** The units from each location. */
export const allocationSchema = z.object({ location: z.string(), quantity: z.int().min(1) })
export type Allocation = z.infer<typeof allocationSchema>

/** Who released a hold, if not its order. */
export const releasedBy = z.enum(['operator'])

const levels = { onHand: z.int().min(0), reserved: z.int().min(0), available: z.int().min(0) }
const reservation = { sku: skuSchema, orderId: z.string(), quantity: z.int().min(1) }

export const inventoryEvent = z.discriminatedUnion('type', [
  event(
    'InventoryUpdated',
    z.object({
      sku: skuSchema,
      location: z.string(),
      /** The change and the result at that location. */
      change: z.int(),
      onHand: z.int().min(0),
      reason: z.string().optional(),
      country: z.string().optional(),
      region: z.string().optional(),
      reorderPoint: z.int().min(0).optional(),
      reorderQuantity: z.int().min(1).optional(),
    }),
  ),
  /** The levels over all locations after a stock change. */
  event('StockLevelChanged', z.object({ sku: skuSchema, ...levels })),
  event(
    'InventoryReserved',
    z.object({
      ...reservation,
      allocations: z.array(allocationSchema).min(1),
      expiresAt: instantSchema,
      /** How long (ms) the stock stays held after the end; missing: not at all. */
      grace: z.int().min(0).optional(),
      available: z.int().min(0),
      /** The decision on the locations: `allocationPolicy`. */
      ...decisionsField,
    }),
  ),
  event('InventoryInsufficient', z.object({ ...reservation, available: z.int().min(0), ...decisionsField })),
  event('ReservationExtended', z.object({ ...reservation, expiresAt: instantSchema })),
  event('ReservationCommitted', z.object({ ...reservation, allocations: z.array(allocationSchema) })),
  event(
    'ReservationExpired',
    z.object({ ...reservation, allocations: z.array(allocationSchema), available: z.int().min(0) }),
  ),
  event(
    'InventoryReleased',
    z.object({
      ...reservation,
      allocations: z.array(allocationSchema),
      /** True when committed goods were restocked. */
      restocked: z.boolean(),
      reason: z.string(),
      available: z.int().min(0),
      by: releasedBy.optional(),
    }),
  ),
  event(
    'ReplenishmentRequested',
    z.object({
      sku: skuSchema,
      available: z.int().min(0),
      reorderPoint: z.int().min(0),
      reorderQuantity: z.int().min(1),
      ...decisionsField,
    }),
  ),
])
export type InventoryEvent = z.infer<typeof inventoryEvent>
/** The data of one event by its name. */
export type InventoryEventData<Type extends InventoryEvent['type']> = Extract<
  InventoryEvent,
  { type: Type }
>['data']

/**
 * The rule of `allocationPolicy` that an event names: `single_location`, `fewest_locations` or
 * `insufficient_stock`; `unknown` without a decision.
 */
export function allocationRuleOf({ decisions }: { readonly decisions: readonly PolicyDecision[] }): string {
  const decision = decisions.find(({ policy }) => policy === 'allocationPolicy')
  return decision?.rules[0] ?? 'unknown'
}
