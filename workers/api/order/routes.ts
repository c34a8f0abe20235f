import { z } from '@hono/zod-openapi'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { idSchema } from '../../../shared/core/ids.ts'
import { currencySchema } from '../../../shared/core/money/money.ts'
import { orderCommand, toOrder } from '../../../shared/order/commands.ts'
import { orderListingSchema } from '../../../shared/order/listing.ts'
import { type Order, orderStatuses } from '../../../shared/order/state.ts'
import { lists } from '../../read-models/lists.ts'
import { customerIdOf, hasScope } from '../http/auth/authorization.ts'
import { accepted, answer, answerDryRun, answerView, execute, runCommand } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { commandSchema, customerIdField, idParams, linesField } from '../http/fields.ts'
import { idToCreate, intentOf } from '../http/idempotency.ts'
import { listed, listResponses, sendEmptyList, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses, waitingCommandHeaders } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { invalidRequest, Problem } from '../http/problems.ts'
import { cancellationForBuyer } from '../http/redaction.ts'
import { listQuery, searchQuery, severalOf, timeRanges, totalRange } from '../http/request/list-query.ts'
import { chargeRuleOf } from '../http/settings.ts'
import { readVisible, viewRoutes } from '../http/views.ts'
import { checkoutBody, checkoutFactsOf, createOrderStep } from './checkout.ts'
import {
  type Expansion,
  expandedOf,
  expandedShape,
  expandParameter,
  expansions,
  MAX_EXPANDED_ORDERS,
} from './expand.ts'
import { orderResource, orders } from './resource.ts'

/** How long the request waits for the delivery to accept the cancellation. */
const CANCELLATION_WAIT_SECONDS = 10

const createBody = checkoutBody.extend({
  lines: linesField,
  customerId: customerIdField
    .optional()
    .openapi({ description: 'The customer for whom an operator orders.' }),
})
const cancelBody = z.strictObject({
  reason: commandSchema(orderCommand, 'CancelOrder').shape.detail.trim().optional(),
})
const payBody = commandSchema(orderCommand, 'SubmitPayment').omit({ type: true, chargeRule: true })

const about = { tag: orders.collection, query: commandQuery } as const
const ofOne = {
  ...about,
  who: ['customer', 'operator'],
  params: idParams('ord'),
  headers: commandHeaders,
  responses: commandResponses(orderResource),
} as const

export const orderRoutes = newApi()

orderRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'createOrder',
    method: 'post',
    path: '/orders',
    summary: 'Places an order',
    description:
      'Reserves the stock, charges, confirms and schedules the delivery, in this order. With `Prefer: wait=10` the answer is sent when that has settled.',
    who: ['customer', 'operator'],
    params: nothing,
    headers: waitingCommandHeaders,
    body: createBody,
    responses: commandResponses(orderResource, { creates: true }),
  }),
  async (c) => {
    const { lines, customerId: named, ...asked } = c.req.valid('json')
    const customerId = buyerOf(c, named)
    const intent = await intentOf(c, { waits: true })
    const orderId = await idToCreate(c, 'ord', intent)
    const known = await checkoutFactsOf(c, customerId, lines)
    const step = await createOrderStep(c, { orderId, lines, asked }, known)
    return answer(c, orders, await execute(c, orders.object(c.env, orderId), step, intent), intent, {
      creates: true,
    })
  },
)

orderRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'confirmOrder',
    method: 'post',
    path: '/orders/{id}/confirm',
    summary: 'Confirms an order that is paid by invoice',
    description:
      'An order that was placed without a payment method waits for this; then its delivery is scheduled.',
    who: ['operator'],
    body: nothing,
  }),
  (c) => runCommand(c, orders, toOrder(c.req.valid('param').id, { type: 'ConfirmOrder' })),
)

orderRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'cancelOrder',
    method: 'post',
    path: '/orders/{id}/cancel',
    summary: 'Cancels an order that has not been shipped; payments are refunded',
    description:
      'While a delivery is scheduled, the answer waits up to 10 seconds for its consent. Stock, promotions and points are given back.',
    body: cancelBody,
  }),
  (c) => cancelOrder(c, c.req.valid('param').id, c.req.valid('json').reason ?? ''),
)

orderRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'processPayment',
    method: 'post',
    path: '/orders/{id}/payments',
    summary: 'Submits another payment while the stock is reserved',
    description:
      'For an order whose payment failed, or that was placed without a payment method. The number of tries within an hour is limited (`payment_tries_exceeded`).',
    headers: waitingCommandHeaders,
    body: payBody,
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { state } = await readVisible(c, orders, id)
    const chargeRule = chargeRuleOf(c.env, state.pricing.currency)
    const step = toOrder(id, { type: 'SubmitPayment', ...c.req.valid('json'), chargeRule })
    return runCommand(c, orders, step, { waits: true })
  },
)

orderRoutes.openapi(
  queryRoute({
    ...listed,
    operationId: 'listOrders',
    path: '/orders',
    tag: orders.collection,
    summary: 'Lists orders; customers see only their own',
    who: ['customer', 'operator'],
    query: listQuery(lists.orders, orderListingSchema).extend({
      customerId: idSchema('cus').optional(),
      status: severalOf(orderStatuses).optional(),
      currency: currencySchema.optional(),
      ...{ ...timeRanges, ...totalRange },
      ...searchQuery('its id, the SKUs and names of its products, or its promotion codes'),
      expand: expandParameter.optional(),
    }),
    responses: listResponses('ListedOrder', orderListingSchema.extend(expandedShape)),
  }),
  (c) => {
    const query = c.req.valid('query')
    const { customerId, status, currency } = query
    const caller = c.get('caller')
    const owner = hasScope(caller, 'operator') ? customerId : (customerIdOf(caller) ?? '')
    // The caller may not see the orders of other customers.
    if (customerId !== undefined && customerId !== owner) return sendEmptyList(c, query)
    const limit = query.expand ? Math.min(query.limit, MAX_EXPANDED_ORDERS) : query.limit
    return sendList(
      c,
      lists.orders,
      { ...query, limit },
      { customerId: owner, status, currency },
      { forBuyer: orderForBuyer, complete: (entries) => withExpanded(c, entries, query.expand) },
    )
  },
)

orderRoutes.route(
  '/',
  viewRoutes(orders, {
    get: 'getOrder',
    history: 'listOrderEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('ord') },
    extension: {
      schema: z.object(expandedShape),
      query: { expand: expandParameter.optional() },
      read: async (c, { state }) => {
        const { expand } = askedSchema.parse(c.get('validated')?.query)
        if (!expand) return { members: {}, changedAt: null }
        const { customerId } = state
        const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id)
        const owner = { customerId, payments: ids(state.payments), deliveries: ids(state.deliveries) }
        const [expanded] = await expandedOf(c, [owner], expand)
        // What belongs to the order changes without it.
        return { members: { expanded }, changedAt: clock.now() }
      },
    },
  }),
)

const askedSchema = z.looseObject({ expand: z.array(z.enum(expansions)).optional() })
const ownerSchema = z.looseObject({
  customerId: z.string(),
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
})

/** Entries of the list with what belongs to them. */
async function withExpanded(
  c: ApiContext,
  entries: readonly string[],
  asked: readonly Expansion[] | undefined,
): Promise<readonly string[]> {
  if (!asked) return entries
  const orders = entries.map((entry) => ownerSchema.parse(JSON.parse(entry)))
  const expanded = await expandedOf(c, orders, asked)
  return orders.map((order, index) => JSON.stringify({ ...order, expanded: expanded[index] }))
}

/** The buyer: customers order for themselves, operators for the customer in the body. */
function buyerOf(c: ApiContext, named: string | undefined): string {
  const caller = c.get('caller')
  const own = customerIdOf(caller)
  if (hasScope(caller, 'operator') && named !== undefined) return named
  if (own === null)
    throw invalidRequest({
      pointer: '/customerId',
      code: 'required',
      detail: 'State the customer of the order.',
    })
  if (named !== undefined && named !== own)
    throw new Problem('customer_not_found', `There is no customer ${named}.`)
  return own
}

/** Waits for a scheduled delivery to accept or decline the cancellation. */
async function cancelOrder(c: ApiContext, id: string, detail: string): Promise<Response> {
  await readVisible(c, orders, id)
  const intent = await intentOf(c)
  const reason = hasScope(c.get('caller'), 'operator') ? 'operator' : 'customer_request'
  const step = toOrder(id, { type: 'CancelOrder', reason, detail })
  const wait = intent.dryRun ? undefined : CANCELLATION_WAIT_SECONDS
  const reply = await execute(c, orders.object(c.env, id), step, { ...intent, wait })
  if (intent.dryRun) return answerDryRun(c, orders, reply)
  const { view, repeated } = accepted(reply)
  if (wasDeclined(view.state))
    throw new Problem('order_shipped', 'The parcel was on its way already.', {
      ...(repeated && { headers: { 'Idempotent-Replayed': 'true' } }),
    })
  return answerView(c, orders, view, { repeated })
}

function wasDeclined({ status, cancelling }: Order): boolean {
  return status !== 'cancelled' && !cancelling
}

const cancelledSchema = z.looseObject({ cancellation: z.looseObject({ reason: z.string() }).optional() })

/** An entry of the list of orders as its buyer may read it. */
function orderForBuyer(entry: string): string {
  const { cancellation, ...order } = cancelledSchema.parse(JSON.parse(entry))
  return JSON.stringify({
    ...order,
    ...(cancellation && { cancellation: cancellationForBuyer(cancellation) }),
  })
}
