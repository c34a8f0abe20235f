import { z } from 'zod'
import { action } from '../action.ts'
import { habitSchema, perform, read } from '../client.ts'
import { versionView } from '../views.ts'

const client = { client: habitSchema }

/** Promotions, as staff keeps them. */
export const promotionActions = {
  createPromotion: action(
    z.strictObject({
      ...client,
      code: z.string(),
      /** Percent, or minor units of USD for a fixed amount. */
      kind: z.enum(['percentage', 'fixed']),
      value: z.int(),
      usageLimit: z.int().nullable(),
      perCustomerLimit: z.int().nullable(),
      exclusive: z.boolean(),
      draft: z.boolean().optional(),
      /** Begins so much later (ms). */
      startsInMs: z.int().optional(),
    }),
    async (actor, { client: habit, code, kind, value, usageLimit, perCustomerLimit, exclusive, ...when }) => {
      const { draft = false, startsInMs } = when
      const startsAt =
        startsInMs === undefined ? undefined : new Date(actor.outside.now() + startsInMs).toISOString()
      const body = {
        code,
        kind,
        value: kind === 'percentage' ? { percent: value } : { amount: { amount: value, currency: 'USD' } },
        combinesWith: exclusive ? [] : ['product', 'order', 'shipping'],
        exclusive,
        ...(draft && { draft }),
        ...(startsAt !== undefined && { startsAt }),
        ...(usageLimit !== null && { usageLimit }),
        ...(perCustomerLimit !== null && { perCustomerLimit }),
      }
      const token = actor.staffToken('operator')
      await perform(actor, { method: 'POST', path: '/promotions', body, token }, habit)
    },
  ),

  activatePromotion: action(
    z.strictObject({ ...client, code: z.string() }),
    async (actor, { client: habit, code }) => {
      const token = actor.staffToken('operator')
      const version = async () => (await read(actor, versionView, `/promotions/${code}`, token))?.version
      await perform(actor, { method: 'POST', path: `/promotions/${code}/activate`, token, version }, habit)
    },
  ),

  expirePromotion: action(
    z.strictObject({ ...client, code: z.string() }),
    async (actor, { client: habit, code }) => {
      const token = actor.staffToken('operator')
      const version = async () => (await read(actor, versionView, `/promotions/${code}`, token))?.version
      await perform(actor, { method: 'POST', path: `/promotions/${code}/expire`, token, version }, habit)
    },
  ),
}
