import { z } from 'zod'
import { action } from '../action.ts'
import type { Actor } from '../actor.ts'
import { habitSchema, perform, read } from '../client.ts'
import { paymentView } from '../views.ts'
import { staffOrder } from './ordering.ts'

const client = { client: habitSchema }
/** Which order: below 0 the actor's newest, otherwise one of the shop's. */
const of = { of: z.int() }

/** What staff does about payments. */
export const paymentActions = {
  /** Refunds a share (percent) of the newest payment of an order; 0: all that is left. */
  refund: action(
    z.strictObject({ ...client, ...of, percent: z.int() }),
    async (actor, { client: habit, of: pick, percent }) => {
      const payment = await paymentOf(actor, pick)
      if (!payment) return
      const otherBody = { ...refundBody(payment.amount, 7), reason: 'damaged' }
      const body = refundBody(payment.amount, percent)
      await perform(actor, { ...payment.refund, body, otherBody }, habit)
    },
  ),

  /** Several refunds of one payment at the same moment, under keys of their own. */
  refundAtOnce: action(
    z.strictObject({ ...of, percent: z.int(), times: z.int() }),
    async (actor, { of: pick, percent, times }) => {
      const payment = await paymentOf(actor, pick)
      if (!payment) return
      const body = refundBody(payment.amount, percent)
      await Promise.all(
        Array.from({ length: times }, () => perform(actor, { ...payment.refund, body }, 'keyed')),
      )
    },
  ),

  /** Refunds one unit of the first product of an order. */
  refundUnit: action(z.strictObject({ ...client, ...of }), async (actor, { client: habit, of: pick }) => {
    const order = await staffOrder(actor, pick)
    const [line] = order?.lines ?? []
    const id = order?.payments.at(-1)
    if (!line || id === undefined) return
    const body = { reason: 'one unit is damaged', lines: [{ sku: line.sku, quantity: 1 }] }
    const token = actor.staffToken('operator')
    await perform(actor, { method: 'POST', path: `/payments/${id}/refunds`, body, token }, habit)
  }),

  /** Decides about a payment that is held for review. */
  reviewPayment: action(
    z.strictObject({ ...client, ...of, approve: z.boolean() }),
    async (actor, { client: habit, of: pick, approve }) => {
      const payment = await paymentOf(actor, pick)
      if (payment?.status !== 'review') return
      const body = { decision: approve ? 'approve' : 'reject' }
      const { token, version } = payment.refund
      const path = `/payments/${payment.id}/review`
      await perform(actor, { method: 'POST', path, body, token, version }, habit)
    },
  ),

  /** Confirms an order that is paid by invoice. */
  confirmInvoice: action(z.strictObject({ ...client, ...of }), async (actor, { client: habit, of: pick }) => {
    const order = await staffOrder(actor, pick)
    if (!order) return
    const version = async () => (await staffOrder(actor, pick))?.version
    const path = `/orders/${order.id}/confirm`
    await perform(actor, { method: 'POST', path, token: actor.staffToken('operator'), version }, habit)
  }),
}

/** The newest payment of an order, and the command that refunds it. */
async function paymentOf(actor: Actor, pick: number) {
  const id = (await staffOrder(actor, pick))?.payments.at(-1)
  if (id === undefined) return undefined
  const token = actor.staffToken('operator')
  const view = () => read(actor, paymentView, `/payments/${id}`, token)
  const payment = await view()
  if (!payment) return undefined
  const refund = {
    method: 'POST',
    path: `/payments/${id}/refunds`,
    token,
    version: async () => (await view())?.version,
  } as const
  return { ...payment, refund }
}

function refundBody({ amount, currency }: { amount: number; currency: string }, percent: number) {
  const reason = 'not as described'
  if (percent === 0) return { reason }
  return { reason, amount: { amount: Math.max(1, Math.floor((amount * percent) / 100)), currency } }
}
