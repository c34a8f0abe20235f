import { env } from 'cloudflare:workers'
import { newId } from '../../shared/core/ids.ts'
import { ada, address, quote, requestedLine } from '../../shared/order/order.fixture.ts'
import { oneTimeSecrets } from '../adapters/secrets.ts'
import { envelope } from './object-lifetimes.fixture.ts'

/** A customer whom mails can reach, and who has verified the address. */
export async function register(): Promise<string> {
  const customerId = newId('cus')
  const command = {
    type: 'RegisterCustomer',
    email: `${customerId}@example.com`,
    emailHash: customerId,
    name: 'Ada',
  }
  const object = env.CUSTOMER.getByName(customerId)
  const registered = await object.execute(envelope(customerId, command))
  if (!registered.ok) throw new Error(`the customer was refused: ${registered.refusal.code}`)
  const { secretLabel } = registered.view.state.verification
  const token = oneTimeSecrets(env, 'customer', customerId).token(secretLabel)
  await object.execute(envelope(customerId, { type: 'VerifyEmail', token }))
  return customerId
}

/** Sets the stock of a SKU. */
export async function stock(sku: string, units: number): Promise<void> {
  const command = { type: 'UpdateStock', location: 'main', set: units, country: 'US' }
  await env.INVENTORY.getByName(sku).execute(envelope(sku, command))
}

/** The command that orders one unit of a SKU. */
export function orderOf(
  customerId: string,
  sku: string,
  more: { cartId?: string; paymentMethod?: string } = {},
) {
  return {
    type: 'CreateOrder',
    customer: { ...ada, customerId },
    lines: [requestedLine(sku, 1)],
    shippingAddress: address,
    shippingQuote: quote,
    promotions: [],
    redeemPoints: 0,
    skipInvalidPromotions: false,
    ...more,
  }
}
