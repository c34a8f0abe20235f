import type { DecisionContext } from '../core/aggregate.ts'
import { basketTotal } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { accept, type Decision, recorded } from '../core/refusal.ts'
import type { CartCommand } from './commands.ts'
import type { CartEvent, CartLine } from './events.ts'
import { cartMergePolicy, cartRules, priceReviewPolicy, promotionMerge, sameMoney } from './policies.ts'
import { refuse } from './refusals.ts'
import { type Cart, isClosed } from './state.ts'

/** Decides one command on a cart. Refusals: see `refusals.ts`. */
export function decide(
  command: CartCommand,
  state: Cart | null,
  context: DecisionContext,
): Decision<CartEvent> {
  if (command.type === 'CreateCart') return createCart(command, state)
  if (!state) return refuse('cart_not_found', `There is no cart ${context.id}.`)
  switch (command.type) {
    case 'AddItem':
      return addItem(command, state)
    case 'ChangeQuantity':
      return changeQuantity(command, state)
    case 'RemoveItem':
      return removeItem(command, state)
    case 'ApplyPromotion':
      return applyPromotion(command, state)
    case 'MergeCarts':
      return mergeCarts(command, state, context)
    case 'RemovePromotion':
      return removePromotion(command, state)
    case 'MergeInto':
      return mergeInto(command, state, context)
    case 'RecordMergeOutcome':
      return recordMergeOutcome(command, state)
    case 'ReviewPrices':
      return reviewPrices(command, state)
    case 'CheckOut':
      return checkOut(command, state)
    case 'AbandonCart':
      if (state.status !== 'open' || state.lines.length === 0) return accept()
      return accept({ type: 'CartAbandoned', data: { lines: state.lines.length } })
  }
}

type CommandOf<Type extends CartCommand['type']> = Extract<CartCommand, { type: Type }>

function createCart(command: CommandOf<'CreateCart'>, state: Cart | null): Decision<CartEvent> {
  if (state) return refuse('cart_exists', 'There is a cart with this id already.')
  const { currency, customerId } = command
  return accept({ type: 'CartCreated', data: { currency, customerId } })
}

function addItem(command: CommandOf<'AddItem'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const quoted = quote(command, state)
  if ('refused' in quoted) return quoted.refused
  const present = state.lines.find((line) => line.sku === command.sku)
  const quantity = command.quantity + (present?.quantity ?? 0)
  if (quantity > cartRules.quantity)
    return refuse('quantity_limit', `A cart holds at most ${cartRules.quantity} of ${command.sku}.`, {
      sku: command.sku,
      limit: cartRules.quantity,
      inCart: present?.quantity ?? 0,
    })
  if (!present && state.lines.length >= cartRules.lines)
    return refuse('line_limit', `A cart holds at most ${cartRules.lines} products.`, {
      limit: cartRules.lines,
    })
  const line = { ...quoted.line, quantity }
  if (isBeyondCounting([...state.lines.filter((other) => other !== present), line])) return beyondCounting()
  return accept({
    type: 'ProductAddedToCart',
    data: { line, added: command.quantity, customerId: state.customerId },
  })
}

function changeQuantity(command: CommandOf<'ChangeQuantity'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const present = state.lines.find((line) => line.sku === command.sku)
  if (!present) return notInCart(command.sku)
  const quoted = quote(command, state)
  if ('refused' in quoted) return quoted.refused
  if (sameLine(quoted.line, present)) return accept()
  const lines = state.lines.map((line) => (line === present ? quoted.line : line))
  return isBeyondCounting(lines) ? beyondCounting() : updated(lines, 'quantity_changed')
}

function removeItem(command: CommandOf<'RemoveItem'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const others = state.lines.filter((line) => line.sku !== command.sku)
  if (others.length === state.lines.length) return notInCart(command.sku)
  return updated(others, 'item_removed')
}

function applyPromotion(command: CommandOf<'ApplyPromotion'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  const { code, quote } = command
  if ('reasons' in quote) {
    const { reasons } = quote
    return refuse('promotion_not_eligible', `${code} does not apply: ${reasons.join(', ')}.`, { reasons })
  }
  const present = state.promotions.find((promotion) => promotion.code === code)
  if (present && !present.outdated && sameMoney(present.discount, quote.discount)) return accept()
  if (!present && state.promotions.length >= cartRules.promotionCodes)
    return refuse('promotion_limit', `A cart carries at most ${cartRules.promotionCodes} codes.`)
  const { discount, decisions } = quote
  return accept({ type: 'PromotionApplied', data: { code, discount, decisions } })
}

function removePromotion({ code }: CommandOf<'RemovePromotion'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  if (!state.promotions.some((promotion) => promotion.code === code))
    return refuse('promotion_not_in_cart', `The cart does not carry ${code}.`, { code })
  return accept({ type: 'PromotionRemoved', data: { code } })
}

/** The cart that gives decides: two customers who merge it at the same time meet here, and one of them is late. */
function mergeInto(
  { intoCartId }: CommandOf<'MergeInto'>,
  state: Cart,
  context: DecisionContext,
): Decision<CartEvent> {
  if (intoCartId === context.id) return refuseItself()
  if (state.status === 'merged' && state.intoCartId === intoCartId) return accept()
  return isClosed(state) ? closed(state) : accept({ type: 'CartMerged', data: { intoCartId } })
}

/** A cart that closed before the lines came does not take them: they are not lost, but stay where they were. */
function recordMergeOutcome(
  { intoCartId, outcome }: CommandOf<'RecordMergeOutcome'>,
  state: Cart,
): Decision<CartEvent> {
  const refused = outcome.find((step) => !step.ok)
  if (!refused || state.status !== 'merged' || state.intoCartId !== intoCartId) return accept()
  return accept({ type: 'CartMergeFailed', data: { intoCartId, reason: refused.refusal.code } })
}

function mergeCarts(
  command: CommandOf<'MergeCarts'>,
  state: Cart,
  context: DecisionContext,
): Decision<CartEvent> {
  const { fromCartId } = command
  if (state.mergedCartIds.includes(fromCartId)) return accept()
  if (fromCartId === context.id) return refuseItself()
  if (isClosed(state)) return closed(state)
  const foreign = command.lines.find((line) => line.unitPrice.currency !== state.currency)
  if (foreign) return wrongCurrency(foreign.sku, foreign.unitPrice.currency, state)
  const { lines, capped, decision } = cartMergePolicy(state.lines, command.lines)
  if (isBeyondCounting(lines)) return beyondCounting()
  const { promotions, droppedCodes } = promotionMerge(state.promotions, command.promotions)
  return accept({
    type: 'CartUpdated',
    data: {
      lines,
      cause: 'merged',
      fromCartId,
      ...(capped.length > 0 && { capped }),
      ...(promotions.length > 0 && { promotions }),
      ...(droppedCodes.length > 0 && { droppedCodes }),
      decisions: [decision],
    },
  })
}

function refuseItself(): Decision<never> {
  return refuse('cart_not_mergeable', 'A cart cannot be merged into itself.')
}

function reviewPrices(command: CommandOf<'ReviewPrices'>, state: Cart): Decision<CartEvent> {
  if (isClosed(state)) return closed(state)
  if (state.lines.length === 0) return refuse('cart_empty', 'There is nothing to check out.')
  const { unavailable, changes, lines, decision } = priceReviewPolicy(state.lines, command.products)
  if (unavailable.length > 0) return notOnSale(unavailable)
  if (isBeyondCounting(lines)) return beyondCounting()
  if (changes.length > 0)
    return recorded(
      refuse('price_changed', `${changes.length} of the prices changed since they were quoted.`, { changes }),
      ...updated(lines, 'repriced', decision).events,
    )
  // A new name alone is taken over, but is nothing that a customer has to accept.
  const renamed = lines.some((line, index) => line.name !== state.lines[index]?.name)
  return renamed ? updated(lines, 'repriced', decision) : accept()
}

/**
 * The order is made already, so the only reason against it is that the cart went elsewhere; whether it may
 * be bought was decided by `ReviewPrices` and by the order.
 */
function checkOut(command: CommandOf<'CheckOut'>, state: Cart): Decision<CartEvent> {
  const { orderId, customerId } = command
  if (state.orderId === orderId) return accept()
  if (isClosed(state)) return closed(state)
  return accept({ type: 'CartCheckedOut', data: { orderId, customerId } })
}

/** A line at today's price, or the refusal of a product that cannot be in this cart. */
function quote(
  { sku, quantity, product }: CommandOf<'AddItem'> | CommandOf<'ChangeQuantity'>,
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

function closed({ status, orderId, intoCartId }: Cart): Decision<never> {
  return refuse('cart_closed', `The cart is ${status === 'merged' ? 'merged' : 'checked out'}.`, {
    status,
    ...(orderId && { orderId }),
    ...(intoCartId && { intoCartId }),
  })
}

function notInCart(sku: string): Decision<never> {
  return refuse('item_not_found', `The cart does not hold ${sku}.`, { sku })
}

function notOnSale(skus: readonly string[]): Decision<never> {
  return refuse('product_not_on_sale', `Not sold any more: ${skus.join(', ')}.`, { skus })
}

function wrongCurrency(sku: string, currency: string, state: Cart): Decision<never> {
  return refuse('wrong_currency', `${sku} is priced in ${currency}, the cart in ${state.currency}.`, { sku })
}

/** Whether lines come to more than can be counted exactly. */
function isBeyondCounting(lines: readonly CartLine[]): boolean {
  return (
    basketTotal(lines.map(({ quantity, unitPrice: { amount: unitPrice } }) => ({ quantity, unitPrice }))) ===
    null
  )
}

function beyondCounting(): Decision<never> {
  return refuse('basket_out_of_range', 'The lines come to more than any order may.')
}

function sameLine(a: CartLine, b: CartLine): boolean {
  return a.quantity === b.quantity && a.name === b.name && sameMoney(a.unitPrice, b.unitPrice)
}
