import { z } from 'zod'
import { type Connection, wireRequest } from '../connection.ts'
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
  prepare: (petrel, connections) => prepareCheckouts(petrel, connections, numbered('BENCH-SHELF', SPREAD)),
}

/** Whole checkouts of one SKU. */
export const hotCheckout: Scenario = {
  name: 'hot-checkout',
  title: 'whole checkout, all of one hot SKU',
  worker: 'petrel',
  prepare: (petrel, connections) => prepareCheckouts(petrel, connections, ['BENCH-BESTSELLER']),
}

/** Each connection is a buyer, so that no customer has two checkouts under way. */
async function prepareCheckouts(petrel: Petrel, connections: number, skus: readonly string[]) {
  await petrel.createProducts(skus)
  await petrel.stock(skus)
  const names = numbered(`buyer-of-${skus.length}`, connections)
  const buyers = await atOnce(names, (name) => petrel.registerBuyer(name))
  return async (connection: Connection, turn: number, index: number) => {
    const [buyer, sku] = [buyers[index], skus[turn % skus.length]]
    if (buyer && sku) await checkOut(connection, buyer, sku)
  }
}

async function checkOut(connection: Connection, buyer: Authorization, sku: string): Promise<void> {
  const opened = await connection.send(wireRequest('POST', '/v1/carts', buyer, { currency: 'USD' }))
  expectStatus(opened, 201)
  const { id } = cartSchema.parse(JSON.parse(opened.body))
  const filled = await connection.send(
    wireRequest('POST', `/v1/carts/${id}/items`, buyer, { sku, quantity: 1 }),
  )
  expectStatus(filled, 200)
  const headers = { ...buyer, Prefer: 'wait=10' }
  const body = { shippingAddress, paymentMethod: 'pm_card_visa' }
  const ordered = await connection.send(wireRequest('POST', `/v1/carts/${id}/checkout`, headers, body))
  expectStatus(ordered, 201)
  const { status } = orderSchema.parse(JSON.parse(ordered.body))
  if (status !== 'confirmed') throw new Error(`an order was left ${status}: ${ordered.body.slice(0, 500)}`)
}
