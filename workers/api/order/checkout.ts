import { z } from '@hono/zod-openapi'
import type { AggregateView, CommandReply } from '../../../durable-objects/aggregate/protocol.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { toCart } from '../../../shared/cart/commands.ts'
import type { Cart } from '../../../shared/cart/state.ts'
import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import type { CommandStep } from '../../../shared/core/effect.ts'
import { derivedId, promotionCodeSchema } from '../../../shared/core/ids.ts'
import { basketTotal, sum } from '../../../shared/core/money/money.ts'
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
    const cart = await readOwnCart(c, c.req.valid('param').id)
    return checkOut(c, cart, c.req.valid('json'), intent)
  },
)

async function checkOut(
  c: ApiContext,
  { id: cartId, state: cart }: AggregateView<Cart>,
  asked: Basket['asked'],
  intent: Intent,
): Promise<Response> {
  const customerId = customerIdOf(c.get('caller')) ?? ''
  const known = await checkoutFactsOf(c, customerId, cart.lines)
  // Asked of a cart that is checked out, too: its record has the answer to a key that was refused before.
  const reviewed = await reviewPrices(c, cartId, known.catalog, intent)
  const isClosed = !reviewed.ok && reviewed.refusal.code === 'cart_closed'
  const isOrdered = isClosed && cart.status === 'checked_out'
  if (isClosed && !isOrdered) {
    // A concurrent request has checked it out: answer with the same order.
    const present = await readOwnCart(c, cartId)
    if (present.state.status === 'checked_out') return checkOut(c, present, asked, intent)
  }
  if (!isOrdered) {
    if (!reviewed.ok && intent.dryRun) return answerDryRun(c, carts, reviewed)
    accepted(reviewed)
  }
  // The codes of the body come first, because error pointers refer to their index there.
  const promotionCodes = [...(asked.promotionCodes ?? []), ...cart.promotions.map(({ code }) => code)]
  // The id is derived from the cart, so that another checkout reaches the same order.
  const orderId = derivedId('ord', 'checkout', cartId)
  const basket = { orderId, cartId, lines: cart.lines, asked: { ...asked, promotionCodes } }
  const ordering = { ...intent, condition: undefined }
  const reply = await execute(
    c,
    orders.object(c.env, orderId),
    await createOrderStep(c, basket, known),
    ordering,
  )
  return answerCheckOut(c, cartId, customerId, reply, ordering)
}

function reviewPrices(
  c: ApiContext,
  cartId: string,
  catalog: ReadonlyMap<string, ProductFacts | null>,
  intent: Intent,
): Promise<CommandReply<Cart>> {
  const products = [...catalog.values()].filter((product) => product !== null)
  const step = toCart(cartId, { type: 'ReviewPrices', products })
  return execute(c, carts.object(c.env, cartId), step, { ...intent, wait: undefined }, '/prices')
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

/** The command that creates an order, with the facts that its decision needs. */
export async function createOrderStep(
  c: ApiContext,
  { orderId, cartId, lines, asked }: Basket,
  { catalog, customer, waiting }: CheckoutFacts,
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
