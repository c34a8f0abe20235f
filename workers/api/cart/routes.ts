import { z } from '@hono/zod-openapi'
import type { AggregateView, ReadView } from '../../../durable-objects/aggregate/protocol.ts'
import { type CartCommand, cartCommand, toCart } from '../../../shared/cart/commands.ts'
import { cartListingSchema } from '../../../shared/cart/listing.ts'
import { type Cart, cartSchema } from '../../../shared/cart/state.ts'
import { idSchema, promotionCodeSchema } from '../../../shared/core/ids.ts'
import { listedCurrencySchema } from '../../../shared/core/money/currencies.ts'
import { lists } from '../../read-models/lists.ts'
import { quotedFactsOf } from '../catalog/facts.ts'
import { customerFactsOf } from '../customer/facts.ts'
import { customerIdOf } from '../http/auth/authorization.ts'
import { accepted, answer, execute, runCommand } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { commandSchema, idParams } from '../http/fields.ts'
import { idToCreate, intentOf } from '../http/idempotency.ts'
import { listed, listResponses, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { Problem } from '../http/problems.ts'
import { listQuery, severalOf, timeRanges } from '../http/request/list-query.ts'
import { currenciesOf } from '../http/settings.ts'
import { withTimeout } from '../http/timeout.ts'
import { aggregateNotFound, viewRoutes } from '../http/views.ts'
import { eligibilityFacts, eligibilityOf, requireCountable } from '../promotion/eligibility.ts'
import { cartResource, carts } from './resource.ts'

const addItem = commandSchema(cartCommand, 'AddItem')
const changeQuantity = commandSchema(cartCommand, 'ChangeQuantity')
const applyPromotion = commandSchema(cartCommand, 'ApplyPromotion')
const mergeCarts = commandSchema(cartCommand, 'MergeCarts')

const about = { tag: carts.collection, query: commandQuery, headers: commandHeaders } as const
const ofOne = {
  ...about,
  who: 'anyone',
  params: idParams('crt'),
  responses: commandResponses(cartResource),
} as const
const itemParams = idParams('crt').extend({ sku: addItem.shape.sku })

export const cartRoutes = newApi()

cartRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'createCart',
    method: 'post',
    path: '/carts',
    summary: "Creates a cart: the customer's own, or a guest's, which anyone with its id may use",
    description: 'A cart has one currency. It is abandoned when nobody changes it for a time.',
    who: 'anyone',
    params: nothing,
    body: z.strictObject({
      currency: listedCurrencySchema
        .optional()
        .openapi({ description: "Default: the shop's base currency." }),
    }),
    responses: commandResponses(cartResource, { creates: true }),
  }),
  async (c) => {
    const intent = await intentOf(c)
    const id = await idToCreate(c, 'crt', intent)
    const customerId = customerIdOf(c.get('caller'))
    const { currency = currenciesOf(c.env).base } = c.req.valid('json')
    const step = toCart(id, { type: 'CreateCart', currency, ...(customerId !== null && { customerId }) })
    return answer(c, carts, await execute(c, carts.object(c.env, id), step, intent), intent, {
      creates: true,
    })
  },
)

cartRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'addItem',
    method: 'post',
    path: '/carts/{id}/items',
    summary: 'Adds units of a product at its current price',
    description: 'Units of a product that the cart holds already add up.',
    body: addItem.pick({ sku: true, quantity: true }),
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const item = c.req.valid('json')
    const [product] = await Promise.all([quotedFactsOf(c, item.sku), readOwnCart(c, id)])
    return runCommand(c, carts, toCart(id, { type: 'AddItem', ...item, product }))
  },
)

cartRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'changeQuantity',
    method: 'patch',
    path: '/carts/{id}/items/{sku}',
    summary: 'Changes how many units of a product the cart holds',
    description: 'Also takes over the present price and name of the product.',
    params: itemParams,
    body: changeQuantity.pick({ quantity: true }),
  }),
  async (c) => {
    const { id, sku } = c.req.valid('param')
    const { quantity } = c.req.valid('json')
    const [product] = await Promise.all([quotedFactsOf(c, sku), readOwnCart(c, id)])
    return runCommand(c, carts, toCart(id, { type: 'ChangeQuantity', sku, quantity, product }))
  },
)

cartRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'removeItem',
    method: 'delete',
    path: '/carts/{id}/items/{sku}',
    summary: 'Removes a product from the cart',
    description: 'Promotions stay, marked as outdated.',
    params: itemParams,
    body: nothing,
  }),
  async (c) => {
    const { id, sku } = c.req.valid('param')
    await readOwnCart(c, id)
    return runCommand(c, carts, toCart(id, { type: 'RemoveItem', sku }))
  },
)

cartRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'applyPromotionToCart',
    method: 'post',
    path: '/carts/{id}/promotions',
    summary: 'Applies a promotion code to the cart; its use is claimed at checkout',
    description:
      'The cart shows the discount of the code alone; `quoteCart` shows what all codes give together.',
    body: applyPromotion.pick({ code: true }),
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { code } = c.req.valid('json')
    const quote = await quoteOf(c, await readOwnCart(c, id), code)
    return runCommand(c, carts, toCart(id, { type: 'ApplyPromotion', code, quote }))
  },
)

cartRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'removePromotionFromCart',
    method: 'delete',
    path: '/carts/{id}/promotions/{code}',
    summary: 'Removes a promotion code from the cart',
    description: 'Only codes that the cart carries can be removed.',
    params: idParams('crt').extend({ code: promotionCodeSchema }),
    body: nothing,
  }),
  async (c) => {
    const { id, code } = c.req.valid('param')
    await readOwnCart(c, id)
    return runCommand(c, carts, toCart(id, { type: 'RemovePromotion', code }))
  },
)

cartRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'mergeCarts',
    method: 'post',
    path: '/carts/{id}/merge',
    summary: "Merges the lines and codes of a guest's cart into the customer's",
    description: 'A cart can be merged only once. If-Match refers to the target cart.',
    who: ['customer'],
    body: mergeCarts.pick({ fromCartId: true }).extend({ fromCartId: idSchema('crt') }),
  }),
  (c) => mergeInto(c, c.req.valid('param').id, c.req.valid('json').fromCartId),
)

cartRoutes.openapi(
  queryRoute({
    ...listed,
    who: ['operator'],
    operationId: 'listCarts',
    path: '/carts',
    tag: carts.collection,
    summary: 'Lists carts of customers and guests, those that changed last first',
    query: listQuery(lists.carts, cartListingSchema).extend({
      customerId: idSchema('cus').optional(),
      status: severalOf(cartSchema.shape.status.options).optional(),
      ...timeRanges,
    }),
    responses: listResponses('ListedCart', cartListingSchema),
  }),
  (c) => {
    const query = c.req.valid('query')
    const { customerId, status } = query
    return sendList(c, lists.carts, query, { customerId, status })
  },
)

cartRoutes.route(
  '/',
  viewRoutes(carts, {
    get: 'getCart',
    history: 'listCartEvents',
    who: 'anyone',
    name: { parameter: 'id', schema: idSchema('crt') },
  }),
)

/**
 * A cart that the caller may change: their own, or a guest's. Operators may only read other carts. With the id of a
 * command the view says whether the cart has its answer on record.
 *
 * @throws Problem `cart_not_found` for anyone else's
 */
export async function readOwnCart(c: ApiContext, id: string, commandId?: string): Promise<ReadView<Cart>> {
  const view = await withTimeout(
    carts.object(c.env, id).read(commandId === undefined ? {} : { answered: commandId }),
  )
  const owner = view?.state.customerId
  if (!view || (owner !== undefined && owner !== customerIdOf(c.get('caller'))))
    throw aggregateNotFound(carts, id)
  return view
}

/** Previews both commands, closes the source cart, then adds its final lines to the target. */
async function mergeInto(c: ApiContext, id: string, fromCartId: string): Promise<Response> {
  const [into, from] = await Promise.all([readOwnCart(c, id), readOwnCart(c, fromCartId)])
  // Anyone with the id can read a guest's cart, so a customer's lines must not go there.
  if (from.state.customerId !== undefined && into.state.customerId === undefined)
    throw new Problem('cart_not_mergeable', "A customer's own cart is not merged into a guest's.")
  const intent = await intentOf(c)
  const merge = ({ lines, promotions }: Cart) =>
    toCart(id, { type: 'MergeCarts', fromCartId, lines, promotions })
  const give = toCart(fromCartId, { type: 'MergeInto', intoCartId: id })
  // With command ids of their own, so that a repetition is answered from the records, whatever happened to the carts since.
  const preview = { ...intent, dryRun: true }
  const [taken, given] = await Promise.all([
    execute(c, carts.object(c.env, id), merge(from.state), preview),
    execute(c, carts.object(c.env, fromCartId), give, { ...preview, condition: undefined }, '/give'),
  ])
  if (!given.ok) return answer(c, carts, given, intent)
  if (!taken.ok || intent.dryRun) return answer(c, carts, taken, intent)
  const rest = { ...intent, condition: undefined }
  const { view } = accepted(await execute(c, carts.object(c.env, fromCartId), give, rest, '/give'))
  return answer(c, carts, await execute(c, carts.object(c.env, id), merge(view.state), rest), rest)
}

type Quote = Extract<CartCommand, { type: 'ApplyPromotion' }>['quote']

async function quoteOf(c: ApiContext, { id, state }: AggregateView<Cart>, code: string): Promise<Quote> {
  const customerId = state.customerId ?? customerIdOf(c.get('caller'))
  const customer = customerId === null ? null : await customerFactsOf(c, customerId)
  const facts = eligibilityFacts(state.lines, state.currency, customer)
  requireCountable(facts)
  const decision = await eligibilityOf(c, code, id, facts)
  if (!decision.eligible) return { reasons: decision.reasons }
  const { discount, decisions } = decision
  return { discount, decisions }
}
