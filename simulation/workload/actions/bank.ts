import { z } from 'zod'
import { action } from '../action.ts'
import { read } from '../client.ts'
import { paymentView } from '../views.ts'
import { staffOrder } from './ordering.ts'

/** What happens at the gateway by itself, about the newest payment of the actor. */
export const bankActions = {
  dispute: action(z.strictObject({ kind: z.enum(['dispute', 'inquiry']) }), async (actor, { kind }) => {
    const { bank } = actor.shop
    const id = bank && (await staffOrder(actor, -1))?.payments.at(-1)
    if (bank && id) actor.disputeId = bank.dispute(id, kind)
  }),

  decideDispute: action(
    z.strictObject({ outcome: z.enum(['won', 'lost']), reinstated: z.boolean() }),
    async (actor, { outcome, reinstated }) => {
      const { bank } = actor.shop
      if (!bank || actor.disputeId === null) return
      bank.closeDispute(actor.disputeId, outcome)
      if (reinstated) bank.reinstate(actor.disputeId)
    },
  ),

  refundAtDashboard: action(z.strictObject({ percent: z.int() }), async (actor, { percent }) => {
    const { bank } = actor.shop
    const id = bank && (await staffOrder(actor, -1))?.payments.at(-1)
    if (!bank || !id) return
    const payment = await read(actor, paymentView, `/payments/${id}`, actor.staffToken('operator'))
    if (payment) bank.refundAtDashboard(id, Math.max(1, Math.floor((payment.amount.amount * percent) / 100)))
  }),
}
