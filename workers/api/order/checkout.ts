import { z } from '@hono/zod-openapi'
import { unexpectedVersion } from '../../../durable-objects/aggregate/command-handler.ts'
import type { AggregateView, CommandReply, ReadView } from '../../../durable-objects/aggregate/protocol.ts'
import { refused } from '../../../durable-objects/aggregate/replies.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { priceReview } from '../../../shared/cart/cart.ts'
import { toCart } from '../../../shared/cart/commands.ts'
import type { CartEvent } from '../../../shared/cart/events.ts'
import type { Cart } from '../../../shared/cart/state.ts'
import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import type { CommandStep } from '../../../shared/core/effect.ts'
import { derivedId, promotionCodeSchema } from '../../../shared/core/ids.ts'
import { basketTotal, sum } from '../../../shared/core/money/money.ts'
import { accept, type Decision, type Refusal } from '../../../shared/core/refusal.ts'
import { shippingQuote, shippingServiceSchema } from '../../../shared/delivery/quote.ts'
import { type PromotionQuote, toOrder } from '../../../shared/order/commands.ts'
import type { Order } from '../../../shared/order/state.ts'
import { paymentMethodSchema } from '../../../shared/payment/commands.ts'
import { maximumPromotionCodes } from '../../../shared/promotion/terms.ts'
import { carts } from '../cart/resource.ts'
import { readOwnCart } from '../cart/routes.ts'
import { catalogOf } from '../catalog/facts.ts'
import { type Buyer, buyerOf } from '../customer/facts.ts'
import { customerIdOf, hasScope } from '../http/auth/authorization.ts'
import { accepted, answer, answerDryRun, answerView, execute } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { addressField, idParams } from '../http/fields.ts'
import { type Intent, intentOf } from '../http/idempotency.ts'
import { commandResponses, waitingCommandHeaders } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi } from '../http/operation.ts'
import { chargeRuleOf, currenciesOf } from '../http/settings.ts'
import { withTimeout } from '../http/timeout.ts'
import { aggregateNotFound } from '../http/views.ts'
import { eligibilitiesOf, eligibilityFacts } from '../promotion/eligibility.ts'
import { orderResource, orders } from './resource.ts'

/** The body of a checkout: everything but the lines and the customer. */
export const checkoutBody = z.strictObject({
  shippingAddress: addressField,
  shippingService: shippingServiceSchema.optional().openapi({ description: 'Default: the cheapest.' }),
  promotionCodes: z.array(promotionCodeSchema).max(maximumPromotionCodes).optional(),
  redeemPoints: z.int().min(0).max(1_000_000_000).optional().openapi({
    description: 'One point pays one minor unit of the base currency.',
  }),
  paymentMethod: paymentMethodSchema.optional().openapi({
    description: "The gateway's token. Without it the order is paid by invoice.",
    example: 'pm_card_visa',
  }),
  skipInvalidPromotions: z
    .boolean()
    .optional()
    .openapi({ description: 'Ignore promotions that do not apply, instead of refusing the order.' }),
})

interface Basket {
  readonly orderId: string
  readonly cartId?: string
  readonly lines: readonly { sku: string; quantity: number }[]
  readonly asked: z.infer<typeof checkoutBody>
}

export const checkoutRoutes = newApi()

checkoutRoutes.openapi(
  commandRoute({
    operationId: 'checkOutCart',
    method: 'post',
    path: '/carts/{id}/checkout',
    tag: carts.collection,
    summary: 'Places an order for the cart',
    description:
      'Prices that changed since they were quoted are reported (`price_changed`); checking out again accepts them. A cart becomes one order, however often it is checked out. If-Match refers to the cart.',
    who: ['customer'],
    params: idParams('crt'),
    query: commandQuery,
    headers: waitingCommandHeaders,
    body: checkoutBody,
    responses: commandResponses(orderResource, { creates: true }),
  }),
  async (c) => {
    const intent = await intentOf(c, { waits: true })
    const { commandId } = intent
    const cart = await readOwnCart(c, c.req.valid('param').id, commandId && `${commandId}${REVIEW}`)
    return checkOut(c, cart, c.req.valid('json'), intent)
  },
)

/** What distinguishes a review of the cart's prices from the order under the same key. */
const REVIEW = '/prices'

/**
 * The order decides, by the cart as it was read and the present facts of its products. It has the only record of the
 * request's key, so that equal requests have one answer. The cart is sent a command only where its quotes change.
 */
async function checkOut(
  c: ApiContext,
  cart: ReadView<Cart>,
  asked: Basket['asked'],
  intent: Intent,
): Promise<Response> {
  const { id: cartId, version, state } = cart
  const customerId = customerIdOf(c.get('caller')) ?? ''
  const known = await checkoutFactsOf(c, customerId, state.lines)
  const products = [...known.catalog.values()].filter((product) => product !== null)
  const isReviewed = cart.answered === true
  if (isReviewed) await requireReviewed(c, cart, products, intent)
  const isSettled = isReviewed || state.status === 'checked_out'
  const review = isSettled ? accept<CartEvent>() : priceReview(state, products)
  const { refusal } = review
  // The codes of the body come first, because error pointers refer to their index there.
  const promotionCodes = [...(asked.promotionCodes ?? []), ...state.promotions.map(({ code }) => code)]
  // The id is derived from the cart, so that another checkout reaches the same order.
  const orderId = derivedId('ord', 'checkout', cartId)
  const basket = { orderId, cartId, lines: state.lines, asked: { ...asked, promotionCodes } }
  const step = await createOrderStep(c, basket, known, refusal)
  const ordering = { ...intent, condition: undefined }
  const unexpected = isReviewed ? null : unexpectedVersion(version, intent.condition ?? 'any')
  const conflict = unexpected && refused(unexpected, version)
  const cartReply = conflict ?? refusedReview(version, review)
  if (intent.dryRun && cartReply) return answerDryRun(c, carts, cartReply)
  if (conflict) await requireRepetition(c, step, ordering, conflict)
  else if (!refusal) await updateQuotes(c, cart, products, review, intent)
  const reply = await execute(c, orders.object(c.env, orderId), step, ordering)
  // A repetition would accept prices for the customer that came later.
  if (!reply.ok && !reply.repeated && reply.refusal.code === refusal?.code)
    await updateQuotes(c, cart, products, review, intent)
  return answerCheckOut(c, cartId, customerId, reply, ordering)
}

/**
 * Earlier releases had the cart review its prices first. What it answered under the key of this request stands.
 *
 * @throws Problem the recorded refusal
 */
async function requireReviewed(
  c: ApiContext,
  { id, state }: AggregateView<Cart>,
  products: ProductFacts[],
  intent: Intent,
): Promise<void> {
  const step = toCart(id, { type: 'ReviewPrices', products })
  const reply = await execute(c, carts.object(c.env, id), step, { ...intent, wait: undefined }, REVIEW)
  const isOrdered = state.status === 'checked_out' && !reply.ok && reply.refusal.code === 'cart_closed'
  if (!isOrdered) accepted(reply)
}

/**
 * A request for another version of the cart: a repetition goes to the order, as the checkout itself changes the cart.
 *
 * @throws Problem `version_conflict` for all others
 */
async function requireRepetition(
  c: ApiContext,
  step: CommandStep,
  intent: Intent,
  conflict: CommandReply<never>,
): Promise<void> {
  if (intent.commandId === undefined) accepted(conflict)
  const order = orders.object(c.env, step.to.id)
  const reply = await execute(c, order, step, { ...intent, dryRun: true })
  const isReused = !reply.ok && reply.refusal.code === 'idempotency_key_reused'
  if (!reply.repeated && !isReused) accepted(conflict)
}

/** Gives the cart the quotes and names of today, unless it has changed: then its next checkout reviews it again. */
async function updateQuotes(
  c: ApiContext,
  { id, version }: AggregateView<Cart>,
  products: ProductFacts[],
  { events }: Decision<CartEvent>,
  intent: Intent,
): Promise<void> {
  if (events.length === 0 || intent.dryRun) return
  const step = toCart(id, { type: 'ReviewPrices', products })
  const once = { ...intent, commandId: undefined, condition: [version], wait: undefined }
  await execute(c, carts.object(c.env, id), step, once)
}

/** What the cart would reply to a review that refuses; `null` for one that does not. */
function refusedReview(
  version: number,
  { events, refusal }: Decision<CartEvent>,
): CommandReply<never> | null {
  const numbered = events.map((event, index) => ({ ...event, version: version + 1 + index }))
  return refusal ? refused(refusal, version, numbered) : null
}

async function answerCheckOut(
  c: ApiContext,
  cartId: string,
  customerId: string,
  reply: CommandReply<Order>,
  intent: Intent,
): Promise<Response> {
  const isOrdered = !reply.ok && reply.refusal.code === 'order_exists' && !intent.dryRun
  // As it was when this request came first: a repetition of it has the same answer.
  const present = isOrdered
    ? await withTimeout(
        orders.object(c.env, derivedId('ord', 'checkout', cartId)).read({ version: reply.version }),
      )
    : null
  const order = reply.ok ? reply.view : present
  // A guest's cart that another customer has checked out.
  if (order && order.state.customerId !== customerId) throw aggregateNotFound(carts, cartId)
  return present
    ? answerView(c, orders, present, { creates: true, repeated: true })
    : answer(c, orders, reply, intent, { creates: true })
}

interface CheckoutFacts extends Buyer {
  readonly catalog: ReadonlyMap<string, ProductFacts | null>
}

/** The facts of the products and of the buyer. */
export async function checkoutFactsOf(
  c: ApiContext,
  customerId: string,
  lines: readonly { sku: string }[],
): Promise<CheckoutFacts> {
  const skus = lines.map(({ sku }) => sku)
  const [catalog, buyer] = await Promise.all([catalogOf(c, skus), buyerOf(c, customerId)])
  return { catalog, ...buyer }
}

/** The command that creates an order, with the facts that its decision needs, and why its cart refuses, if it does. */
export async function createOrderStep(
  c: ApiContext,
  { orderId, cartId, lines, asked }: Basket,
  { catalog, customer, waiting }: CheckoutFacts,
  cartRefusal?: Refusal,
): Promise<CommandStep> {
  const known = lines.map((line) => ({ ...line, product: catalog.get(line.sku) ?? null }))
  const currency = known.find(({ product }) => product)?.product?.price.currency ?? currenciesOf(c.env).base
  const quoted = known.map((line) => ({ ...line, unitPrice: line.product?.price }))
  const shipping = shippingQuote({
    address: asked.shippingAddress,
    weightGrams: sum(known.map(({ quantity, product }) => quantity * (product?.weightGrams ?? 0))),
    currency,
    shop: currenciesOf(c.env),
    now: clock.now(),
    service: asked.shippingService,
  })
  const facts = eligibilityFacts(quoted, currency, customer, shipping?.price.amount)
  // The order itself refuses a total that is out of range.
  const codes = basketTotal(facts.lines) === null ? [] : (asked.promotionCodes ?? [])
  return toOrder(orderId, {
    type: 'CreateOrder',
    customer,
    ...(cartId !== undefined && { cartId }),
    ...(cartRefusal && { cartRefusal }),
    lines: known.map(({ sku, quantity, product }) => ({ sku, quantity, product })),
    shippingAddress: asked.shippingAddress,
    shippingQuote: shipping,
    promotions: await promotionQuotes(c, orderId, codes, facts),
    redeemPoints: asked.redeemPoints ?? 0,
    ...(asked.paymentMethod !== undefined && {
      paymentMethod: asked.paymentMethod,
      chargeRule: chargeRuleOf(c.env, currency),
    }),
    skipInvalidPromotions: asked.skipInvalidPromotions ?? false,
    placedBy: hasScope(c.get('caller'), 'operator') ? 'operator' : 'customer',
    waiting,
  })
}

async function promotionQuotes(
  c: ApiContext,
  orderId: string,
  codes: readonly string[],
  facts: ReturnType<typeof eligibilityFacts>,
): Promise<PromotionQuote[]> {
  if (codes.length === 0) return []
  const distinct = [...new Set(codes)]
  const decisions = await eligibilitiesOf(c, distinct, orderId, facts)
  return distinct.flatMap((code, index): PromotionQuote[] => {
    const decision = decisions[index]
    if (!decision) return []
    return [decision.eligible ? { code, terms: decision.terms } : { code, reasons: decision.reasons }]
  })
}
