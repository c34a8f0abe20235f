import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { countingOf, exceeds, limitIn, measured } from '../core/money/exchange.ts'
import { type Money, moneyText } from '../core/money/money.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { ProductCommand } from './commands.ts'
import type { ProductEvent } from './events.ts'
import { productRules } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Product } from './state.ts'

/** Decides one command on a product. Refusals: see `refusals.ts`. */
export function decide(
  command: ProductCommand,
  state: Product | null,
  context: DecisionContext,
): Decision<ProductEvent> {
  if (command.type === 'CreateProduct') return createProduct(command, state, context)
  if (!state) return refuse('product_not_found', `There is no product ${context.id}.`)
  if (state.status === 'discontinued') {
    // Discontinuing again changes nothing, so a repeated request is not an error.
    if (command.type === 'DiscontinueProduct') return accept()
    return refuse('product_discontinued', `${state.sku} is no longer sold.`)
  }
  switch (command.type) {
    case 'ChangePrice':
      return changePrice(command, state, context)
    case 'DiscontinueProduct':
      return accept({ type: 'ProductDiscontinued', data: { sku: state.sku } })
  }
}

function createProduct(
  command: CommandOf<ProductCommand, 'CreateProduct'>,
  state: Product | null,
  context: DecisionContext,
): Decision<ProductEvent> {
  if (state) return refuse('product_exists', `There is a product ${state.sku} already.`)
  const refused = aboveCeiling(command.price, context)
  if (refused) return refused
  const { type: _, weightGrams = 0, ...fields } = command
  return accept({ type: 'ProductCreated', data: { ...fields, weightGrams } })
}

function changePrice(
  command: CommandOf<ProductCommand, 'ChangePrice'>,
  state: Product,
  context: DecisionContext,
): Decision<ProductEvent> {
  const { price } = command
  if (price.currency !== state.price.currency)
    return refuse(
      'price_currency_changed',
      `${state.sku} is sold in ${state.price.currency}, not ${price.currency}.`,
    )
  if (price.amount === state.price.amount) return accept()
  const refused = aboveCeiling(price, context)
  if (refused) return refused
  return accept({ type: 'ProductPriceChanged', data: { sku: state.sku, price, previousPrice: state.price } })
}

/** The refusal of a price above the ceiling in the base currency; without a rate, of as many units of its own. */
function aboveCeiling(price: Money, { currencies }: DecisionContext): Decision<never> | null {
  const counting = countingOf(currencies, price.currency)
  if (!exceeds(price, productRules.maxPrice, counting)) return null
  const { currency } = measured(price, counting)
  const detail = `A price is at most ${moneyText({ amount: limitIn(productRules.maxPrice, currency), currency })}.`
  return refuse('price_out_of_range', detail, {
    errors: [{ pointer: '/price/amount', code: 'price_out_of_range', detail }],
  })
}
