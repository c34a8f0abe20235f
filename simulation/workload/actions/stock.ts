import { z } from 'zod'
import { action } from '../action.ts'
import { habitSchema, perform, read } from '../client.ts'
import { skuNames } from '../shop.ts'
import { versionView } from '../views.ts'
import { staffOrder } from './ordering.ts'

const client = { client: habitSchema }
const sku = { sku: z.enum(skuNames) }
const place = { location: z.string(), country: z.string() }

/** Products and their stock. */
export const stockActions = {
  createProduct: action(
    z.strictObject({ ...client, ...sku, price: z.int(), currency: z.string() }),
    async (actor, { client: habit, sku: name, price, currency }) => {
      const body = { sku: name, name: `Mug ${name}`, price: { amount: price, currency }, weightGrams: 300 }
      const token = actor.staffToken('operator')
      await perform(actor, { method: 'POST', path: '/products', body, token }, habit)
    },
  ),

  changePrice: action(
    z.strictObject({ ...client, ...sku, price: z.int(), currency: z.string() }),
    async (actor, { client: habit, sku: name, price, currency }) => {
      const body = { price: { amount: price, currency } }
      const otherBody = { price: { amount: price + 100, currency } }
      const token = actor.staffToken('operator')
      const version = async () => (await read(actor, versionView, `/products/${name}`))?.version
      const path = `/products/${name}/price`
      await perform(actor, { method: 'POST', path, body, otherBody, token, version }, habit)
    },
  ),

  setStock: action(
    z.strictObject({ ...client, ...sku, ...place, units: z.int(), reorderPoint: z.int() }),
    async (actor, { client: habit, sku: name, units, reorderPoint, ...where }) => {
      const body = { ...where, set: units, reason: 'counted', reorderPoint, reorderQuantity: 5 }
      const token = actor.staffToken('operator')
      const version = async () => (await read(actor, versionView, `/inventory/${name}`, token))?.version
      await perform(actor, { method: 'POST', path: `/inventory/${name}/stock`, body, token, version }, habit)
    },
  ),

  adjustStock: action(
    z.strictObject({ ...client, ...sku, location: z.string(), units: z.int() }),
    async (actor, { client: habit, sku: name, location, units }) => {
      const body = { location, adjust: units, reason: 'found' }
      const otherBody = { location, adjust: units + 1, reason: 'found' }
      const token = actor.staffToken('operator')
      const version = async () => (await read(actor, versionView, `/inventory/${name}`, token))?.version
      const path = `/inventory/${name}/stock`
      await perform(actor, { method: 'POST', path, body, otherBody, token, version }, habit)
    },
  ),

  /** Takes the stock of an order away from it. */
  releaseReservation: action(
    z.strictObject({ ...client, of: z.int() }),
    async (actor, { client: habit, of: pick }) => {
      const order = await staffOrder(actor, pick)
      const [line] = order?.lines ?? []
      if (!order || !line) return
      const path = `/inventory/${line.sku}/reservations/${order.id}`
      await perform(actor, { method: 'DELETE', path, token: actor.staffToken('operator') }, habit)
    },
  ),

  /** Staff keeps units for an order of another shop, which never comes: the hold ends by itself. */
  holdStock: action(
    z.strictObject({ ...client, ...sku, units: z.int(), order: z.string(), forMs: z.int().nullable() }),
    async (actor, { client: habit, sku: name, units, order: orderId, forMs }) => {
      const body = {
        ...{ orderId, quantity: units },
        ...(forMs !== null && { expiresAt: new Date(actor.outside.now() + forMs).toISOString() }),
      }
      const token = actor.staffToken('operator')
      await perform(actor, { method: 'POST', path: `/inventory/${name}/reservations`, body, token }, habit)
    },
  ),

  discontinue: action(z.strictObject({ ...client, ...sku }), async (actor, { client: habit, sku: name }) => {
    const token = actor.staffToken('operator')
    const version = async () => (await read(actor, versionView, `/products/${name}`))?.version
    await perform(actor, { method: 'POST', path: `/products/${name}/discontinue`, token, version }, habit)
  }),

  readStock: action(z.strictObject(sku), async (actor, { sku: name }) => {
    await read(actor, versionView, `/inventory/${name}`, actor.staffToken('operator'))
  }),
}
