import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import type { Feature } from '../core/feature.ts'
import { countingOf, exceeds, limitIn, measured } from '../core/money/exchange.ts'
import { type Money, moneyText } from '../core/money/money.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { isHttpUrl } from '../core/text/http-url.ts'
import type { ProductCommand } from './commands.ts'
import type { ProductEvent } from './events.ts'
import { productRules } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Product } from './state.ts'

/** A product from its creation until it is discontinued. */
export const sale = {
  creation: {
    evolve: { ProductCreated: (_, data) => created(data) },
    decide: { CreateProduct: createProduct },
  },
  evolve: {
    ProductPriceChanged: (state, { price }) => ({ ...state, price }),
    ProductDiscontinued: (state) => ({ ...state, status: 'discontinued' }),
  },
  decide: {
    ChangePrice: changePrice,
    // Discontinuing again changes nothing, so a repeated request is not an error.
    DiscontinueProduct: (_, { sku, status }) =>
      status === 'discontinued' ? accept() : accept({ type: 'ProductDiscontinued', data: { sku } }),
  },
} satisfies Feature<Product, ProductCommand, ProductEvent>

/** Older events have unvalidated URLs; only http(s) URLs are shown. */
function created({ imageUrl, ...data }: Extract<ProductEvent, { type: 'ProductCreated' }>['data']): Product {
  return {
    ...data,
    ...(imageUrl !== undefined && isHttpUrl(imageUrl) && { imageUrl }),
    status: 'active',
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
  if (state.status === 'discontinued')
    return refuse('product_discontinued', `${state.sku} is no longer sold.`)
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

/** The refusal of a price above the maximum in the base currency; without a rate, above as many units of its own. */
function aboveCeiling(price: Money, { currencies }: DecisionContext): Decision<never> | null {
  const counting = countingOf(currencies, price.currency)
  if (!exceeds(price, productRules.maxPrice, counting)) return null
  const { currency } = measured(price, counting)
  const detail = `A price is at most ${moneyText({ amount: limitIn(productRules.maxPrice, currency), currency })}.`
  return refuse('price_out_of_range', detail, {
    errors: [{ pointer: '/price/amount', code: 'price_out_of_range', detail }],
  })
}
