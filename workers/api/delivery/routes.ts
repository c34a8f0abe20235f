import { z } from '@hono/zod-openapi'
import type { AggregateView } from '../../../durable-objects/aggregate/protocol.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import type { Address } from '../../../shared/core/address/address.ts'
import { idSchema } from '../../../shared/core/ids.ts'
import { sum } from '../../../shared/core/money/money.ts'
import { type DeliveryCommand, deliveryCommand, toDelivery } from '../../../shared/delivery/commands.ts'
import { deliveryListingSchema } from '../../../shared/delivery/listing.ts'
import { shippingQuote, shippingServiceSchema } from '../../../shared/delivery/quote.ts'
import { currentBooking, type Delivery, deliverySchema } from '../../../shared/delivery/state.ts'
import { toOrder } from '../../../shared/order/commands.ts'
import { orderEvent } from '../../../shared/order/events.ts'
import type { Order } from '../../../shared/order/state.ts'
import { lists } from '../../read-models/lists.ts'
import { customerIdOf } from '../http/auth/authorization.ts'
import { accepted, answerDryRun, answerView, execute, runCommand } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { addressField, commandSchema, idParams, timeField } from '../http/fields.ts'
import { claimKey, intentOf } from '../http/idempotency.ts'
import { listed, listResponses, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { Problem } from '../http/problems.ts'
import { listQuery, severalOf, timeRanges } from '../http/request/list-query.ts'
import { currenciesOf } from '../http/settings.ts'
import { withTimeout } from '../http/timeout.ts'
import { aggregateNotFound, readVisible, viewRoutes } from '../http/views.ts'
import { orders } from '../order/resource.ts'
import { deliveries, deliveryResource } from './resource.ts'

/** How long the request waits for the delivery to be created. */
const SCHEDULING_WAIT_SECONDS = 10
/** Polls for a pending booking before a start. */
const MAX_BOOKING_POLLS = 25
const BOOKING_POLL_INTERVAL_MS = 100
/** The version of a delivery after it is scheduled and given to a carrier. */
const SCHEDULED_VERSION = 2

const scheduleBody = z.strictObject({
  orderId: idSchema('ord'),
  service: shippingServiceSchema.optional().openapi({ description: 'Default: the cheapest.' }),
})
type Scheduling = z.infer<typeof scheduleBody>

const about = {
  tag: deliveries.collection,
  who: ['operator'],
  query: commandQuery,
  headers: commandHeaders,
} as const
const ofOne = {
  ...about,
  method: 'post',
  params: idParams('dlv'),
  responses: commandResponses(deliveryResource),
} as const

function run(c: ApiContext, id: string, command: DeliveryCommand): Promise<Response> {
  return runCommand(c, deliveries, toDelivery(id, command))
}

export const deliveryRoutes = newApi()

deliveryRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'scheduleDelivery',
    method: 'post',
    path: '/deliveries',
    summary: 'Schedules another delivery for a confirmed order without an open one',
    description: 'If-Match refers to the order.',
    params: nothing,
    body: scheduleBody,
    responses: commandResponses(deliveryResource, { creates: true }),
  }),
  (c) => scheduleDelivery(c, c.req.valid('json')),
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'startDelivery',
    path: '/deliveries/{id}/start',
    summary: 'Starts a delivery: the parcel has left; the order becomes shipped',
    description: "Default of `trackingNumber`: that of the carrier's booking.",
    body: commandSchema(deliveryCommand, 'StartDelivery').omit({ type: true }),
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    if (body.trackingNumber === undefined) await waitForBooking(c, id)
    return run(c, id, { type: 'StartDelivery', ...body })
  },
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'changeDeliveryAddress',
    path: '/deliveries/{id}/address',
    summary: 'Changes the address of a parcel that has not left, if shipping costs no more',
    description:
      'The parcel is routed and booked again with the same service and gets a new promised window; the order is updated.',
    who: ['customer', 'operator'],
    body: z.strictObject({ address: addressField }),
  }),
  (c) => changeAddress(c, c.req.valid('param').id, c.req.valid('json').address),
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'completeDelivery',
    path: '/deliveries/{id}/complete',
    summary: 'Completes a delivery: the parcel has arrived; the order becomes delivered',
    description: 'The order becomes `delivered`. Repeating it changes nothing.',
    body: commandSchema(deliveryCommand, 'CompleteDelivery').omit({ type: true }),
  }),
  (c) => run(c, c.req.valid('param').id, { type: 'CompleteDelivery', ...c.req.valid('json') }),
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'cancelDelivery',
    path: '/deliveries/{id}/cancel',
    summary: 'Cancels a delivery that has not started',
    description: 'The order can then get another delivery; it is not cancelled by this.',
    body: z.strictObject({
      reason: commandSchema(deliveryCommand, 'CancelDelivery').shape.reason.optional(),
    }),
  }),
  (c) => {
    const { reason = 'operator' } = c.req.valid('json')
    return run(c, c.req.valid('param').id, { type: 'CancelDelivery', reason })
  },
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'trackDelivery',
    path: '/deliveries/{id}/tracking',
    summary: 'Records where the parcel is',
    description: 'News with a `newsId` that was recorded before changes nothing.',
    body: commandSchema(deliveryCommand, 'TrackDelivery').omit({ type: true }),
  }),
  (c) => run(c, c.req.valid('param').id, { type: 'TrackDelivery', ...c.req.valid('json') }),
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'failDeliveryAttempt',
    path: '/deliveries/{id}/fail-attempt',
    summary: 'Records a failed attempt; after the third the delivery fails',
    description:
      'A failed delivery returns to the sender. News with a `newsId` that was recorded before changes nothing.',
    body: commandSchema(deliveryCommand, 'FailAttempt').omit({ type: true }),
  }),
  (c) => run(c, c.req.valid('param').id, { type: 'FailAttempt', ...c.req.valid('json') }),
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'delayDelivery',
    path: '/deliveries/{id}/delay',
    summary: 'Records that the parcel will arrive later',
    description: 'The promised window stays as it was; `window` shows the later time.',
    body: commandSchema(deliveryCommand, 'DelayDelivery').omit({ type: true }).extend({ newDate: timeField }),
  }),
  (c) => run(c, c.req.valid('param').id, { type: 'DelayDelivery', ...c.req.valid('json') }),
)

deliveryRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'confirmDelivery',
    path: '/deliveries/{id}/confirm',
    summary: 'Confirms receipt by the customer; the order becomes completed',
    description: 'Only for the owner. Without it, receipt counts as confirmed after 24 hours.',
    who: ['customer'],
    body: nothing,
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { state } = await readVisible(c, deliveries, id)
    // Operators may read the delivery but not confirm it.
    if (customerIdOf(c.get('caller')) !== state.customerId) throw aggregateNotFound(deliveries, id)
    return run(c, id, { type: 'ConfirmDelivery', by: 'customer' })
  },
)

deliveryRoutes.openapi(
  queryRoute({
    ...listed,
    who: ['operator'],
    operationId: 'listDeliveries',
    path: '/deliveries',
    tag: deliveries.collection,
    summary: 'Lists deliveries without their addresses',
    query: listQuery(lists.deliveries, deliveryListingSchema).extend({
      orderId: idSchema('ord').optional(),
      status: severalOf(deliverySchema.shape.status.options).optional(),
      ...timeRanges,
    }),
    responses: listResponses('ListedDelivery', deliveryListingSchema),
  }),
  (c) => {
    const query = c.req.valid('query')
    const { orderId, status } = query
    return sendList(c, lists.deliveries, query, { orderId, status })
  },
)

deliveryRoutes.route(
  '/',
  viewRoutes(deliveries, {
    get: 'getDelivery',
    history: 'listDeliveryEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('dlv') },
  }),
)

/** Waits for the carrier's booking, which is requested when the delivery is scheduled. */
async function waitForBooking(c: ApiContext, id: string): Promise<void> {
  const object = deliveries.object(c.env, id)
  for (let tries = 0; tries < MAX_BOOKING_POLLS; tries += 1) {
    const view = await withTimeout(object.read({}))
    if (view?.state.status !== 'scheduled' || currentBooking(view.state)) return
    await new Promise((resolve) => setTimeout(resolve, BOOKING_POLL_INTERVAL_MS))
  }
}

async function changeAddress(c: ApiContext, id: string, address: Address): Promise<Response> {
  const [{ state }] = await Promise.all([readVisible(c, deliveries, id), clock.sync(c.env)])
  const shop = currenciesOf(c.env)
  const quote = shippingQuote({
    address,
    weightGrams: state.weightGrams,
    currency: state.price?.currency ?? shop.base,
    shop,
    now: clock.now(),
    service: shippingServiceSchema.safeParse(state.service).data,
  })
  return run(c, id, { type: 'ChangeAddress', address, quote })
}

/** Requests the delivery through its order, and answers once the delivery exists. */
async function scheduleDelivery(c: ApiContext, { orderId, service }: Scheduling): Promise<Response> {
  const [order, intent] = await Promise.all([readVisible(c, orders, orderId), intentOf(c), clock.sync(c.env)])
  await claimKey(c, intent)
  const step = toOrder(orderId, { type: 'RequestDelivery', quote: quoteFor(c, order, service) })
  const wait = intent.dryRun ? undefined : SCHEDULING_WAIT_SECONDS
  const reply = await execute(c, orders.object(c.env, orderId), step, { ...intent, wait })
  if (intent.dryRun) return answerDryRun(c, orders, reply)
  const { events, repeated } = accepted(reply)
  return answerView(c, deliveries, await requestedDelivery(c, events), { creates: true, repeated })
}

function quoteFor(c: ApiContext, { state }: AggregateView<Order>, service: Scheduling['service']) {
  const { lines, currency } = state.pricing
  const weightGrams = sum(lines.map((line) => line.quantity * line.weightGrams))
  return shippingQuote({
    ...{ address: state.shippingAddress, weightGrams, currency, service },
    ...{ shop: currenciesOf(c.env), now: clock.now() },
  })
}

/** The view of the delivery when it was scheduled, so that a repetition gets the same body. */
async function requestedDelivery(
  c: ApiContext,
  events: readonly { type: string; data: string }[],
): Promise<AggregateView<Delivery>> {
  for (const { type, data } of events) {
    if (type !== 'OrderDeliveryRequested') continue
    const requested = orderEvent.parse({ type, data: JSON.parse(data) })
    if (requested.type !== 'OrderDeliveryRequested') continue
    const object = deliveries.object(c.env, requested.data.deliveryId)
    const view = await withTimeout(object.read({ version: SCHEDULED_VERSION }))
    if (view) return view
  }
  throw new Problem('unavailable', 'The delivery is requested but does not exist yet.', {
    headers: { 'Retry-After': '1' },
  })
}
