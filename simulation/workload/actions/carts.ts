import { z } from 'zod'
import { action } from '../action.ts'
import type { Actor } from '../actor.ts'
import { bodyOf, habitSchema, perform, read } from '../client.ts'
import { skuNames } from '../shop.ts'
import { createdView, versionView } from '../views.ts'
import { checkoutBodyOf, codesOf, rememberOrders, terms } from './ordering.ts'

const client = { client: habitSchema }
const ofCart = { ...client, guest: z.boolean() }
const item = { sku: z.enum(skuNames), quantity: z.int() }

/** Carts of customers and of guests. */
export const cartActions = {
  createCart: action(
    z.strictObject({ ...ofCart, currency: z.string() }),
    async (actor, { client: habit, guest, currency }) => {
      const token = guest ? undefined : actor.person?.token
      if (!guest && token === undefined) return
      const body = { currency }
      const [answer] = await perform(actor, { method: 'POST', path: '/carts', body, token }, habit)
      const created = bodyOf(createdView, answer)
      if (!created) return
      if (guest) actor.guestCartId = created.id
      else actor.cartId = created.id
    },
  ),

  addItem: action(
    z.strictObject({ ...ofCart, ...item }),
    async (actor, { client: habit, guest, sku, quantity }) => {
      const cart = cartOf(actor, guest)
      if (!cart) return
      const command = {
        method: 'POST',
        path: `/carts/${cart.id}/items`,
        body: { sku, quantity },
        otherBody: { sku, quantity: quantity + 1 },
        ...cart.access,
      } as const
      await perform(actor, command, habit)
    },
  ),

  changeQuantity: action(
    z.strictObject({ ...ofCart, ...item }),
    async (actor, { client: habit, guest, sku, quantity }) => {
      const cart = cartOf(actor, guest)
      if (!cart) return
      const path = `/carts/${cart.id}/items/${sku}`
      await perform(actor, { method: 'PATCH', path, body: { quantity }, ...cart.access }, habit)
    },
  ),

  applyCode: action(
    z.strictObject({ ...ofCart, code: z.string() }),
    async (actor, { client: habit, guest, code: name }) => {
      const cart = cartOf(actor, guest)
      const [code] = await codesOf(actor, name)
      if (!cart || code === undefined) return
      const path = `/carts/${cart.id}/promotions`
      await perform(actor, { method: 'POST', path, body: { code }, ...cart.access }, habit)
    },
  ),

  removeCode: action(
    z.strictObject({ ...ofCart, code: z.string() }),
    async (actor, { client: habit, guest, code: name }) => {
      const cart = cartOf(actor, guest)
      const [code] = await codesOf(actor, name)
      if (!cart || code === undefined) return
      await perform(
        actor,
        { method: 'DELETE', path: `/carts/${cart.id}/promotions/${code}`, ...cart.access },
        habit,
      )
    },
  ),

  mergeCarts: action(z.strictObject(client), async (actor, { client: habit }) => {
    const cart = cartOf(actor, false)
    if (!cart || actor.guestCartId === undefined) return
    const body = { fromCartId: actor.guestCartId }
    await perform(actor, { method: 'POST', path: `/carts/${cart.id}/merge`, body, ...cart.access }, habit)
  }),

  /** Merges the guest's cart into one that is being checked out: what it had may stay where it was. */
  mergeAmid: action(z.strictObject({ delayMs: z.int(), ...terms }), async (actor, { delayMs, ...asked }) => {
    const cart = cartOf(actor, false)
    const number = actor.person?.number
    if (!cart || number === undefined || actor.guestCartId === undefined) return
    const path = `/carts/${cart.id}`
    const { access } = cart
    const merge = {
      method: 'POST',
      path: `${path}/merge`,
      body: { fromCartId: actor.guestCartId },
      ...access,
    } as const
    const body = await checkoutBodyOf(actor, number, asked)
    const checkOut = { method: 'POST', path: `${path}/checkout`, body, wait: asked.wait, ...access } as const
    const [, answers] = await Promise.all([
      actor.wait(-delayMs).then(() => perform(actor, merge, 'keyed')),
      actor.wait(delayMs).then(() => perform(actor, checkOut, 'keyed')),
    ])
    rememberOrders(actor, answers)
  }),

  checkOut: action(z.strictObject({ ...client, ...terms }), async (actor, { client: habit, ...asked }) => {
    const cart = cartOf(actor, false)
    const number = actor.person?.number
    if (!cart || number === undefined) return
    const body = await checkoutBodyOf(actor, number, asked)
    const otherBody = { ...body, shippingService: 'express' }
    const path = `/carts/${cart.id}/checkout`
    const command = { method: 'POST', path, body, otherBody, wait: asked.wait, ...cart.access } as const
    const answers = await perform(actor, command, habit)
    // A price that changed since it was quoted is refused once; checking out again accepts it.
    if (answers.length === 0) answers.push(...(await perform(actor, command, 'keyed')))
    rememberOrders(actor, answers)
  }),
}

/** The id of a cart, and what its commands need. */
function cartOf(actor: Actor, guest: boolean) {
  const id = guest ? actor.guestCartId : actor.cartId
  const token = guest ? undefined : actor.person?.token
  if (id === undefined || (!guest && token === undefined)) return undefined
  const version = async () => (await read(actor, versionView, `/carts/${id}`, token))?.version
  return { id, access: { token, version } }
}
