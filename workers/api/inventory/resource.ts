import { z } from '@hono/zod-openapi'
import {
  type Inventory,
  inventorySchema,
  levelsOf,
  reservationSchema,
  reservationsOf,
} from '../../../shared/inventory/state.ts'
import { availableAt, stockLocationSchema } from '../../../shared/inventory/stock-location.ts'
import { hasScope } from '../http/auth/authorization.ts'
import { identityShape, type ResourceKind, timesShape } from '../http/resource.ts'

const units = z.int().min(0)

export const inventoryResource = z
  .object({
    ...identityShape,
    sku: inventorySchema.shape.sku,
    onHand: units,
    reserved: units,
    available: units,
    locations: z.array(stockLocationSchema.extend({ available: units })),
    reservations: z.array(
      reservationSchema
        .pick({ orderId: true, quantity: true, state: true, expiresAt: true, allocations: true })
        .openapi({
          description:
            'Open ones by expiry, then recently closed ones. At most 100 of each; `reservationsTotal` counts all that are stored.',
        }),
    ),
    reservationsTotal: units,
    reorderPoint: units.optional(),
    reorderQuantity: z.int().min(1).optional(),
    ...timesShape,
  })
  .openapi('Inventory')

export const inventory: ResourceKind<Inventory, z.infer<typeof inventoryResource>> = {
  collection: 'inventory',
  kind: 'inventory',
  schema: inventoryResource,
  notFoundCode: 'stock_not_found',
  object: (env, sku) => env.INVENTORY.getByName(sku),
  render: ({ id, version, state, createdAt, updatedAt }) => ({
    id,
    version,
    sku: state.sku,
    ...levelsOf(state),
    locations: state.locations.map((location) => ({ ...location, available: availableAt(location) })),
    reservations: reservationsOf(state).map(({ orderId, quantity, state, expiresAt, allocations }) => ({
      orderId,
      quantity,
      state,
      expiresAt,
      allocations,
    })),
    reservationsTotal: state.held.length + state.closed.length + (state.omitted ?? 0),
    reorderPoint: state.reorderPoint,
    reorderQuantity: state.reorderQuantity,
    createdAt,
    updatedAt,
  }),
  mayRead: (caller) => hasScope(caller, 'operator'),
}
