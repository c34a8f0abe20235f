import type { ProductFacts } from '../catalog/commands.ts'
import type { CommandOf } from '../core/aggregate.ts'
import { type Effect, schedule, unschedule } from '../core/effect.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { accept, type Decision, recorded } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import type { CartCommand } from './commands.ts'
import type { CartEvent, CartLine, CartPromotion } from './events.ts'
import { beyondCounting, closed, isBeyondCounting, wrongCurrency } from './facts.ts'
import { cartRules, priceReviewPolicy, sameMoney } from './policies.ts'
import { refuse } from './refusals.ts'
import { type Cart, type CartFeature, isClosed } from './state.ts'

/** A cart from its creation to its checkout: lines, promotion codes and the time at which it is abandoned. */
export const shopping = {
  creation: {
    evolve: {
      CartCreated: (_, data) => ({ ...data, status: 'open', lines: [], promotions: [], mergedCartIds: [] }),
    },
    decide: { CreateCart: createCart },
  },
  // Any change by its owner reopens an abandoned cart.
  evolve: {
    ProductAddedToCart: (state, { line }) => ({
      ...state,
      status: 'open',
      promotions: outdated(state.promotions),
      lines: state.lines.some(({ sku }) => sku === line.sku)
        ? state.lines.map((other) => (other.sku === line.sku ? line : other))
        : [...state.lines, line],
    }),
    CartUpdated: (state, { lines, fromCartId, promotions = [] }) => ({
      ...state,
      status: 'open',
      promotions: outdated([...state.promotions, ...promotions]),
      lines,
      mergedCartIds: [...state.mergedCartIds, ...(fromCartId === undefined ? [] : [fromCartId])].slice(
        -cartRules.maxMergedCarts,
      ),
    }),
    PromotionApplied: (state, { code, discount }) => ({
      ...state,
      status: 'open',
      promotions: [...withoutCode(state, code), { code, discount, outdated: false }],
    }),
    PromotionRemoved: (state, { code }) => ({
      ...state,
      status: 'open',
      promotions: withoutCode(state, code),
    }),
    CartAbandoned: (state) => ({ ...state, status: 'abandoned' }),
    CartCheckedOut: (state, data) => ({ ...state, status: 'checked_out', ...data }),
  },
  decide: {
    AddItem: addItem,
    ChangeQuantity: changeQuantity,
    RemoveItem: removeItem,
    ApplyPromotion: applyPromotion,
    RemovePromotion: removePromotion,
    ReviewPrices: ({ products }, state) => priceReview(state, products),
    CheckOut: checkOut,
    AbandonCart: (_, { status, lines }) =>
      status === 'open' && lines.length > 0
        ? accept({ type: 'CartAbandoned', data: { lines: lines.length } })
        : accept(),
  },
  react: {
    ProductAddedToCart: (_, state, { at }) => [abandonment(state, at)],
    CartUpdated: (_, state, { at }) => [abandonment(state, at)],
    PromotionApplied: (_, state, { at }) => [abandonment(state, at)],
    PromotionRemoved: (_, state, { at }) => [abandonment(state, at)],
    CartAbandoned: () => [unschedule(ABANDON)],
    CartCheckedOut: () => [unschedule(ABANDON)],
  },
} satisfies CartFeature

/** The discounts were quoted for other lines. */
function outdated(promotions: readonly CartPromotion[]): Cart['promotions'] {
  return promotions.map((promotion) => ({ ...promotion, outdated: true }))
}

function withoutCode({ promotions }: Cart, code: string): Cart['promotions'] {
  return promotions.filter((promotion) => promotion.code !== code)
}

function createCart(command: CommandOf<CartCommand, 'CreateCart'>, state: Cart | null): Decision<CartEvent> {
  if (state) return refuse('cart_exists', 'There is a cart with this id already.')
  const { currency, customerId } = command
  return accept({ type: 'CartCreated', data: { currency, customerId } })
}

function addItem(command: CommandOf<CartCommand, 'AddItem'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const quoted = quote(command, state)
  if ('refused' in quoted) return quoted.refused
  const present = state.lines.find((line) => line.sku === command.sku)
  const quantity = command.quantity + (present?.quantity ?? 0)
  if (quantity > cartRules.maxQuantity)
    return refuse('quantity_limit', `A cart holds at most ${cartRules.maxQuantity} of ${command.sku}.`, {
      sku: command.sku,
      limit: cartRules.maxQuantity,
      inCart: present?.quantity ?? 0,
    })
  if (!present && state.lines.length >= cartRules.maxLines)
    return refuse('line_limit', `A cart holds at most ${cartRules.maxLines} products.`, {
      limit: cartRules.maxLines,
    })
  const line = { ...quoted.line, quantity }
  if (isBeyondCounting([...state.lines.filter((other) => other !== present), line])) return beyondCounting()
  return accept({
    type: 'ProductAddedToCart',
    data: { line, added: command.quantity, customerId: state.customerId },
  })
}

function changeQuantity(command: CommandOf<CartCommand, 'ChangeQuantity'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const present = state.lines.find((line) => line.sku === command.sku)
  if (!present) return notInCart(command.sku)
  const quoted = quote(command, state)
  if ('refused' in quoted) return quoted.refused
  if (sameLine(quoted.line, present)) return accept()
  const lines = state.lines.map((line) => (line === present ? quoted.line : line))
  return isBeyondCounting(lines) ? beyondCounting() : updated(lines, 'quantity_changed')
}

function removeItem(command: CommandOf<CartCommand, 'RemoveItem'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const others = state.lines.filter((line) => line.sku !== command.sku)
  if (others.length === state.lines.length) return notInCart(command.sku)
  return updated(others, 'item_removed')
}

function applyPromotion(command: CommandOf<CartCommand, 'ApplyPromotion'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const { code, quote } = command
  if ('reasons' in quote) {
    const { reasons } = quote
    return refuse('promotion_not_eligible', `${code} does not apply: ${reasons.join(', ')}.`, { reasons })
  }
  const present = state.promotions.find((promotion) => promotion.code === code)
  if (present && !present.outdated && sameMoney(present.discount, quote.discount)) return accept()
  if (!present && state.promotions.length >= cartRules.maxPromotionCodes)
    return refuse('promotion_limit', `A cart carries at most ${cartRules.maxPromotionCodes} codes.`)
  const { discount, decisions } = quote
  return accept({ type: 'PromotionApplied', data: { code, discount, decisions } })
}

function removePromotion(
  { code }: CommandOf<CartCommand, 'RemovePromotion'>,
  state: Cart,
): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  if (!state.promotions.some((promotion) => promotion.code === code))
    return refuse('promotion_not_in_cart', `The cart does not carry ${code}.`, { code })
  return accept({ type: 'PromotionRemoved', data: { code } })
}

/**
 * Whether the cart can be checked out at the prices that it quotes, by the catalog's facts of its products. Refuses with
 * `cart_closed`, `cart_empty`, `product_not_on_sale`, `basket_out_of_range` or `price_changed`; its event brings the
 * quotes and names up to date.
 */
export function priceReview(state: Cart, products: readonly ProductFacts[]): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  if (state.lines.length === 0) return refuse('cart_empty', 'There is nothing to check out.')
  const { unavailable, changes, lines, decision } = priceReviewPolicy(state.lines, products)
  if (unavailable.length > 0) return notOnSale(unavailable)
  if (isBeyondCounting(lines)) return beyondCounting()
  if (changes.length > 0)
    return recorded(
      refuse('price_changed', `${changes.length} of the prices changed since they were quoted.`, { changes }),
      ...updated(lines, 'repriced', decision).events,
    )
  // A new name is applied without the customer's consent.
  const renamed = lines.some((line, index) => line.name !== state.lines[index]?.name)
  return renamed ? updated(lines, 'repriced', decision) : accept()
}

/**
 * The order exists already, so it is refused only if the cart is closed: the purchase was validated before the order
 * was created.
 */
function checkOut(command: CommandOf<CartCommand, 'CheckOut'>, state: Cart): Decision<CartEvent> {
  const { orderId, customerId } = command
  if (state.orderId === orderId) return accept()
  if (isClosed(state)) return closed(state)
  return accept({ type: 'CartCheckedOut', data: { orderId, customerId } })
}

/** A line at today's price, or the refusal of a product that cannot be in this cart. */
function quote(
  { sku, quantity, product }: CommandOf<CartCommand, 'AddItem'> | CommandOf<CartCommand, 'ChangeQuantity'>,
  state: Cart,
): { readonly line: CartLine } | { readonly refused: Decision<never> } {
  if (!product) return { refused: refuse('unknown_sku', `There is no product ${sku}.`, { sku }) }
  const { name, price, onSale } = product
  if (!onSale) return { refused: notOnSale([sku]) }
  if (price.currency !== state.currency) return { refused: wrongCurrency(sku, price.currency, state) }
  return { line: { sku, name, quantity, unitPrice: price } }
}

function updated(
  lines: CartLine[],
  cause: 'quantity_changed' | 'item_removed' | 'repriced',
  ...decisions: PolicyDecision[]
): Decision<CartEvent> {
  return accept({ type: 'CartUpdated', data: { lines, cause, decisions } })
}

function notInCart(sku: string): Decision<never> {
  return refuse('item_not_found', `The cart does not hold ${sku}.`, { sku })
}

function notOnSale(skus: readonly string[]): Decision<never> {
  return refuse('product_not_on_sale', `Not sold any more: ${skus.join(', ')}.`, { skus })
}

function sameLine(a: CartLine, b: CartLine): boolean {
  return a.quantity === b.quantity && a.name === b.name && sameMoney(a.unitPrice, b.unitPrice)
}

/** The timer that abandons an unchanged cart. */
export const ABANDON = 'abandon'
const abandon = { type: 'AbandonCart' } as const satisfies CartCommand

/** Reschedules the abandonment; an empty cart is not abandoned. */
export function abandonment(state: Cart, at: Instant): Effect {
  if (state.lines.length === 0) return unschedule(ABANDON)
  return schedule(ABANDON, plus(at, cartRules.abandonAfterMs), abandon)
}
