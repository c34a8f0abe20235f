import { z } from 'zod'
import { type Connection, wireRequest } from '../load/connection.ts'
import { type Authorization, atOnce, numbered, type Petrel } from '../petrel.ts'
import { SPREAD } from './bare.ts'
import { expectStatus, type Scenario } from './scenario.ts'

const cartSchema = z.object({ id: z.string() })
const orderSchema = z.object({ id: z.string(), status: z.string() })

const shippingAddress = {
  name: 'Bench Buyer',
  line1: '1 Market Street',
  city: 'San Francisco',
  region: 'CA',
  postalCode: '94105',
  country: 'US',
}

/** Whole checkouts, each of one line, from an empty cart to an order that is confirmed; SKUs in turn. */
export const checkout: Scenario = {
  name: 'checkout',
  title: `whole checkout, cart to confirmed, ${SPREAD} SKUs`,
  worker: 'petrel',
  createsObjects: true,
  prepare: (petrel, connections) => prepareCheckouts(petrel, connections, numbered('BENCH-SHELF', SPREAD)),
}

/** Whole checkouts of one SKU. */
export const hotCheckout: Scenario = {
  name: 'hot-checkout',
  title: 'whole checkout, all of one hot SKU',
  worker: 'petrel',
  createsObjects: true,
  prepare: (petrel, connections) => prepareCheckouts(petrel, connections, ['BENCH-BESTSELLER']),
}

/** The three calls of a checkout, in their order. */
export const calls = ['cart', 'item', 'checkout'] as const
export type Call = (typeof calls)[number]

/** An order that was confirmed, and how long each call of it took (ms). */
export interface Purchase {
  readonly cartId: string
  readonly orderId: string
  readonly buyer: Authorization
  readonly times: Readonly<Record<Call, number>>
}

/** Buys one unit over a connection. `turn` chooses the SKU, `connectionIndex` the buyer. */
export type Buy = (connection: Connection, turn: number, connectionIndex: number) => Promise<Purchase>

/** Lays out SKUs, and a buyer for each connection, so that no customer has two checkouts under way. */
export async function openShop(petrel: Petrel, connections: number, skus: readonly string[]): Promise<Buy> {
  await petrel.createProducts(skus)
  await petrel.stock(skus)
  const names = numbered(`buyer-of-${skus[0]?.toLowerCase()}`, connections)
  const buyers = await atOnce(names, (name) => petrel.registerBuyer(name))
  return (connection, turn, index) => {
    const [buyer, sku] = [buyers[index], skus[turn % skus.length]]
    if (!buyer || sku === undefined) throw new Error(`there is no buyer for connection ${index}`)
    return checkOut(connection, buyer, sku)
  }
}

async function prepareCheckouts(petrel: Petrel, connections: number, skus: readonly string[]) {
  const buy = await openShop(petrel, connections, skus)
  return async (connection: Connection, turn: number, index: number) => {
    await buy(connection, turn, index)
  }
}

async function checkOut(connection: Connection, buyer: Authorization, sku: string): Promise<Purchase> {
  const startedAt = performance.now()
  const opened = await connection.send(wireRequest('POST', '/v1/carts', buyer, { currency: 'USD' }))
  expectStatus(opened, 201)
  const openedAt = performance.now()
  const { id: cartId } = cartSchema.parse(JSON.parse(opened.body))
  const filled = await connection.send(
    wireRequest('POST', `/v1/carts/${cartId}/items`, buyer, { sku, quantity: 1 }),
  )
  expectStatus(filled, 200)
  const filledAt = performance.now()
  const headers = { ...buyer, Prefer: 'wait=10' }
  const body = { shippingAddress, paymentMethod: 'pm_card_visa' }
  const ordered = await connection.send(wireRequest('POST', `/v1/carts/${cartId}/checkout`, headers, body))
  expectStatus(ordered, 201)
  const times = {
    cart: openedAt - startedAt,
    item: filledAt - openedAt,
    checkout: performance.now() - filledAt,
  }
  const { id: orderId, status } = orderSchema.parse(JSON.parse(ordered.body))
  if (status !== 'confirmed') throw new Error(`an order was left ${status}: ${ordered.body.slice(0, 500)}`)
  return { cartId, orderId, buyer, times }
}
