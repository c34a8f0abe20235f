import { z } from 'zod'
import { action } from '../action.ts'
import { habitSchema, perform, read } from '../client.ts'
import { markerOf } from '../markers.ts'
import { orderView } from '../views.ts'
import { checkoutBodyOf, linesOf, rememberOrders, staffOrder, terms } from './ordering.ts'

/** Pauses between two looks at an order that is under way (ms). */
const LOOKS_MS = [1_000, 4_000, 12_000, 30_000]
const client = { client: habitSchema }

/** Orders without a cart, further payments, cancellations. */
export const orderActions = {
  order: action(
    z.strictObject({ ...client, ...terms, lines: z.string() }),
    async (actor, { client: habit, lines: list, ...asked }) => {
      const { token, number } = actor.person ?? {}
      if (token === undefined || number === undefined) return
      const lines = linesOf(list)
      const body = { ...(await checkoutBodyOf(actor, number, asked)), lines }
      const otherBody = { ...body, lines: lines.map((line) => ({ ...line, quantity: line.quantity + 1 })) }
      const command = { method: 'POST', path: '/orders', body, otherBody, token, wait: asked.wait } as const
      rememberOrders(actor, await perform(actor, command, habit))
    },
  ),

  /** Several orders at the same moment, under keys of their own. */
  orderAtOnce: action(
    z.strictObject({ ...terms, lines: z.string(), times: z.int() }),
    async (actor, { lines, times, ...asked }) => {
      const { token, number } = actor.person ?? {}
      if (token === undefined || number === undefined) return
      const body = { ...(await checkoutBodyOf(actor, number, asked)), lines: linesOf(lines) }
      const command = { method: 'POST', path: '/orders', body, token, wait: asked.wait } as const
      const answers = await Promise.all(Array.from({ length: times }, () => perform(actor, command, 'keyed')))
      rememberOrders(actor, answers.flat())
    },
  ),

  /** Looks at the newest order until it no longer begins. */
  awaitOrder: action(z.strictObject({}), async (actor) => {
    const id = actor.orders.at(-1)
    if (id === undefined) return
    for (const pause of LOOKS_MS) {
      const order = await read(actor, orderView, `/orders/${id}`, actor.person?.token)
      if (order && order.status !== 'pending') return
      await actor.wait(pause)
    }
  }),

  /** Another payment of the newest order. */
  pay: action(
    z.strictObject({ ...client, method: z.string(), wait: z.int() }),
    async (actor, { client: habit, method, wait }) => {
      const id = actor.orders.at(-1)
      const token = actor.person?.token
      if (id === undefined || token === undefined) return
      const body = { paymentMethod: method }
      const otherBody = { paymentMethod: 'pm_card_mastercard' }
      const version = async () => (await read(actor, orderView, `/orders/${id}`, token))?.version
      const command = {
        method: 'POST',
        path: `/orders/${id}/payments`,
        ...{ body, otherBody, token, wait, version },
      } as const
      await perform(actor, command, habit)
    },
  ),

  cancel: action(z.strictObject(client), async (actor, { client: habit }) => {
    const id = actor.orders.at(-1)
    const { token, number } = actor.person ?? {}
    if (id === undefined || token === undefined || number === undefined) return
    const body = { reason: `Bought elsewhere, ${markerOf(number)}` }
    const otherBody = { reason: `Changed my mind, ${markerOf(number)}` }
    const version = async () => (await read(actor, orderView, `/orders/${id}`, token))?.version
    const path = `/orders/${id}/cancel`
    await perform(actor, { method: 'POST', path, body, otherBody, token, version }, habit)
  }),

  /** The customer cancels while staff does something else about the order: sends the parcel, or refunds. */
  cancelAmid: action(
    z.strictObject({ what: z.enum(['start', 'refund']), delayMs: z.int() }),
    async (actor, { what, delayMs }) => {
      const order = await staffOrder(actor, -1)
      const id = what === 'start' ? order?.deliveries.at(-1) : order?.payments.at(-1)
      const ownToken = actor.person?.token
      if (!order || id === undefined || ownToken === undefined) return
      const token = actor.staffToken('operator')
      const path = what === 'start' ? `/deliveries/${id}/start` : `/payments/${id}/refunds`
      const body = what === 'start' ? {} : { reason: 'not as described' }
      const cancel = {
        method: 'POST',
        path: `/orders/${order.id}/cancel`,
        body: {},
        token: ownToken,
      } as const
      await Promise.all([
        perform(actor, { method: 'POST', path, body, token }, 'keyed'),
        actor.wait(delayMs).then(() => perform(actor, cancel, 'keyed')),
      ])
    },
  ),

  listOwnOrders: action(z.strictObject({}), async (actor) => {
    const token = actor.person?.token
    if (token !== undefined) await read(actor, z.unknown(), '/orders?limit=5', token)
  }),
}
