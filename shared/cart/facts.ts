import { basketTotal } from '../core/money/money.ts'
import type { Decision } from '../core/refusal.ts'
import type { CartLine } from './events.ts'
import { refuse } from './refusals.ts'
import type { Cart } from './state.ts'

/** The refusal of a change to a cart that is closed. */
export function closed({ status, orderId, intoCartId }: Cart): Decision<never> {
  return refuse('cart_closed', `The cart is ${status === 'merged' ? 'merged' : 'checked out'}.`, {
    status,
    ...(orderId && { orderId }),
    ...(intoCartId && { intoCartId }),
  })
}

/** The refusal of a product that is not priced in the currency of the cart. */
export function wrongCurrency(sku: string, currency: string, state: Cart): Decision<never> {
  return refuse('wrong_currency', `${sku} is priced in ${currency}, the cart in ${state.currency}.`, { sku })
}

/** Whether the total of the lines exceeds what can be counted exactly. */
export function isBeyondCounting(lines: readonly CartLine[]): boolean {
  return (
    basketTotal(lines.map(({ quantity, unitPrice: { amount: unitPrice } }) => ({ quantity, unitPrice }))) ===
    null
  )
}

/** The refusal of lines whose total cannot be counted exactly. */
export function beyondCounting(): Decision<never> {
  return refuse('basket_out_of_range', 'The lines come to more than any order may.')
}
