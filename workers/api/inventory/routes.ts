import { skuSchema } from '../../../shared/core/ids.ts'
import { inventoryCommand, toInventory } from '../../../shared/inventory/commands.ts'
import { inventoryListingSchema } from '../../../shared/inventory/listing.ts'
import { lists } from '../../read-models/lists.ts'
import { runCommand } from '../http/commands.ts'
import { skuParams, timeField } from '../http/fields.ts'
import { listed, listResponses, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { availableRange, listQuery } from '../http/request/list-query.ts'
import { viewRoutes } from '../http/views.ts'
import { inventory, inventoryResource } from './resource.ts'

const [updateStock, reserve] = inventoryCommand.options
const about = {
  tag: inventory.collection,
  who: ['operator'],
  query: commandQuery,
  headers: commandHeaders,
  responses: commandResponses(inventoryResource),
} as const

export const inventoryRoutes = newApi()

inventoryRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'updateStock',
    method: 'post',
    path: '/inventory/{sku}/stock',
    summary: 'Sets or adjusts what a location has on hand',
    description:
      'Give exactly one of `set` (the new count) and `adjust` (a difference). A location that does not exist yet is created.',
    params: skuParams,
    body: updateStock.omit({ type: true }).extend({ location: updateStock.shape.location.default('main') }),
  }),
  (c) => {
    const { sku } = c.req.valid('param')
    return runCommand(c, inventory, toInventory(sku, { type: 'UpdateStock', ...c.req.valid('json') }))
  },
)

inventoryRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'reserveInventory',
    method: 'post',
    path: '/inventory/{sku}/reservations',
    summary: 'Reserves units for an order, for 30 minutes by default',
    description:
      'All units or none: from one location that has all, else from the fewest, those near `shipTo` first. The same order and quantity again change nothing. An order reserves by itself: this is for orders from elsewhere.',
    params: skuParams,
    body: reserve.omit({ type: true, grace: true }).extend({ expiresAt: timeField.optional() }),
  }),
  (c) => {
    const { sku } = c.req.valid('param')
    return runCommand(c, inventory, toInventory(sku, { type: 'ReserveInventory', ...c.req.valid('json') }))
  },
)

inventoryRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'releaseReservation',
    method: 'delete',
    path: '/inventory/{sku}/reservations/{orderId}',
    summary: 'Releases a reservation; idempotent',
    description: 'An order that has not been shipped is cancelled: before it is charged, or with a refund.',
    params: skuParams.extend({ orderId: reserve.shape.orderId }),
    body: nothing,
  }),
  (c) => {
    const { sku, orderId } = c.req.valid('param')
    return runCommand(
      c,
      inventory,
      toInventory(sku, { type: 'ReleaseReservation', orderId, reason: 'operator', by: 'operator' }),
    )
  },
)

inventoryRoutes.openapi(
  queryRoute({
    ...listed,
    who: ['operator'],
    operationId: 'listInventory',
    path: '/inventory',
    tag: inventory.collection,
    summary: 'Lists the stock of every SKU, without its reservations',
    query: listQuery(lists.inventory, inventoryListingSchema).extend(availableRange),
    responses: listResponses('ListedInventory', inventoryListingSchema),
  }),
  (c) => sendList(c, lists.inventory, c.req.valid('query'), {}),
)

inventoryRoutes.route(
  '/',
  viewRoutes(inventory, {
    get: 'getInventory',
    history: 'listInventoryEvents',
    who: ['operator', 'customer'],
    name: { parameter: 'sku', schema: skuSchema },
  }),
)
