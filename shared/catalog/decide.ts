import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { ProductCommand } from './commands.ts'
import type { ProductEvent } from './events.ts'
import { refuse } from './refusals.ts'
import type { Product } from './state.ts'

/** Decides one command on a product. Refusals: see `refusals.ts`. */
export function decide(
  command: ProductCommand,
  state: Product | null,
  context: DecisionContext,
): Decision<ProductEvent> {
  if (command.type === 'CreateProduct') return createProduct(command, state)
  if (!state) return refuse('product_not_found', `There is no product ${context.id}.`)
  if (state.status === 'discontinued') {
    // Discontinuing again changes nothing, so a repeated request is not an error.
    if (command.type === 'DiscontinueProduct') return accept()
    return refuse('product_discontinued', `${state.sku} is no longer sold.`)
  }
  switch (command.type) {
    case 'ChangePrice':
      return changePrice(command, state)
    case 'DiscontinueProduct':
      return accept({ type: 'ProductDiscontinued', data: { sku: state.sku } })
  }
}

function createProduct(
  command: CommandOf<ProductCommand, 'CreateProduct'>,
  state: Product | null,
): Decision<ProductEvent> {
  if (state) return refuse('product_exists', `There is a product ${state.sku} already.`)
  const { type: _, weightGrams = 0, ...fields } = command
  return accept({ type: 'ProductCreated', data: { ...fields, weightGrams } })
}

function changePrice(
  command: CommandOf<ProductCommand, 'ChangePrice'>,
  state: Product,
): Decision<ProductEvent> {
  const { price } = command
  if (price.currency !== state.price.currency)
    return refuse(
      'price_currency_changed',
      `${state.sku} is sold in ${state.price.currency}, not ${price.currency}.`,
    )
  if (price.amount === state.price.amount) return accept()
  return accept({ type: 'ProductPriceChanged', data: { sku: state.sku, price, previousPrice: state.price } })
}
