import { z } from 'zod'
import {
  attemptFailed,
  carrierWebhook,
  delayed,
  delivered,
  inTransit,
  returning,
} from '../../services/carrier.ts'
import { action } from '../action.ts'
import type { Actor } from '../actor.ts'
import { habitSchema, perform, read, untilAnswered } from '../client.ts'
import { markerOf } from '../markers.ts'
import { orderView, versionView } from '../views.ts'
import { addressOf } from './customers.ts'
import { staffOrder } from './ordering.ts'

const DAY_MS = 24 * 3_600_000
const client = { client: habitSchema }
/** Which order: below 0 the actor's newest, otherwise one of the shop's. */
const of = { of: z.int() }
const ofOne = z.strictObject({ ...client, ...of })

/** Parcels: what staff and carriers report, and what their recipients do. */
export const deliveryActions = {
  start: action(ofOne, async (actor, { client: habit, of: pick }) => {
    await command(actor, pick, habit, 'start', {})
  }),

  track: action(ofOne, async (actor, { client: habit, of: pick }) => {
    await command(actor, pick, habit, 'tracking', { place: 'Salem', note: 'sorted' })
  }),

  delay: action(
    z.strictObject({ ...client, ...of, days: z.int() }),
    async (actor, { client: habit, of: pick, days }) => {
      const newDate = new Date(actor.outside.now() + days * DAY_MS).toISOString()
      await command(actor, pick, habit, 'delay', { reason: 'snow', newDate })
    },
  ),

  failAttempt: action(ofOne, async (actor, { client: habit, of: pick }) => {
    await command(actor, pick, habit, 'fail-attempt', { reason: 'nobody at home' })
  }),

  complete: action(ofOne, async (actor, { client: habit, of: pick }) => {
    const { number } = actor.person ?? {}
    const receivedBy = number === undefined ? {} : { receivedBy: `Neighbour of ${markerOf(number)}` }
    await command(actor, pick, habit, 'complete', receivedBy)
  }),

  cancelDelivery: action(ofOne, async (actor, { client: habit, of: pick }) => {
    await command(actor, pick, habit, 'cancel', { reason: 'truck broke down' })
  }),

  /** Schedules another delivery of an order that has none. */
  scheduleDelivery: action(ofOne, async (actor, { client: habit, of: pick }) => {
    const orderId = actor.order(pick)
    if (orderId === undefined) return
    const token = actor.staffToken('operator')
    await perform(actor, { method: 'POST', path: '/deliveries', body: { orderId }, token }, habit)
  }),

  /** A carrier's report under an id of its own, sent so many times at once; the carrier repeats it until it is answered. */
  carrierReport: action(
    z.strictObject({
      ...of,
      status: z.enum(['in_transit', 'delayed', 'attempt_failed', 'delivered', 'returning']),
      times: z.int(),
    }),
    async (actor, { of: pick, status, times }) => {
      const deliveryId = await deliveryOf(actor, pick)
      if (deliveryId === undefined) return
      const { outside } = actor
      const parcel = { deliveryId }
      const eventId = actor.nextKey()
      const report = {
        in_transit: () => inTransit(parcel, eventId, 'Eugene'),
        attempt_failed: () => attemptFailed(parcel, eventId),
        delayed: () => delayed(parcel, eventId, outside.now() + 30 * DAY_MS),
        delivered: () => delivered(parcel, eventId),
        returning: () => returning(parcel, eventId),
      }[status]()
      const request = () => carrierWebhook(report, actor.carrierWebhookSecret, outside.now())
      await Promise.all(Array.from({ length: times }, () => untilAnswered(actor, request())))
    },
  ),

  /** The customer confirms that the parcel has arrived. */
  confirmReceipt: action(z.strictObject(client), async (actor, { client: habit }) => {
    const { token } = actor.person ?? {}
    const id = await deliveryOf(actor, -1)
    if (token === undefined || id === undefined) return
    await perform(actor, { method: 'POST', path: `/deliveries/${id}/confirm`, token }, habit)
  }),

  /** The customer has the parcel sent elsewhere. */
  changeAddress: action(z.strictObject(client), async (actor, { client: habit }) => {
    const { token, number } = actor.person ?? {}
    const id = await deliveryOf(actor, -1)
    if (token === undefined || number === undefined || id === undefined) return
    const body = { address: addressOf(number, 77) }
    const version = async () => (await read(actor, versionView, `/deliveries/${id}`, token))?.version
    await perform(actor, { method: 'POST', path: `/deliveries/${id}/address`, body, token, version }, habit)
  }),

  review: action(z.strictObject({ ...client, rating: z.int() }), async (actor, { client: habit, rating }) => {
    const id = actor.orders.at(-1)
    const { token, number } = actor.person ?? {}
    if (id === undefined || token === undefined || number === undefined) return
    const order = await read(actor, orderView, `/orders/${id}`, token)
    const sku = order?.lines[0]?.sku
    if (sku === undefined) return
    const body = { sku, rating, text: `${rating} of 5, says ${markerOf(number)}.` }
    const otherBody = { ...body, rating: (rating % 5) + 1 }
    await perform(actor, { method: 'POST', path: `/orders/${id}/reviews`, body, otherBody, token }, habit)
  }),
}

/** The newest delivery of an order. It may take a moment until the order has one. */
async function deliveryOf(actor: Actor, pick: number): Promise<string | undefined> {
  for (const pause of [2_000, 0]) {
    const order = await staffOrder(actor, pick)
    const id = order?.deliveries.at(-1)
    if (id !== undefined || order?.status !== 'confirmed') return id
    await actor.wait(pause)
  }
  return undefined
}

async function command(
  actor: Actor,
  pick: number,
  habit: Parameters<typeof perform>[2],
  name: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const id = await deliveryOf(actor, pick)
  if (id === undefined) return
  const token = actor.staffToken('operator')
  const version = async () => (await read(actor, versionView, `/deliveries/${id}`, token))?.version
  await perform(actor, { method: 'POST', path: `/deliveries/${id}/${name}`, body, token, version }, habit)
}
