import { z } from 'zod'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { CommandStep } from '../../shared/core/effect.ts'
import { type ErasureResult, erasureRequestSchema } from '../../shared/core/erasure.ts'
import { toDelivery } from '../../shared/delivery/commands.ts'
import { toOrder } from '../../shared/order/commands.ts'
import { toPayment } from '../../shared/payment/commands.ts'
import { reviewIdOf, toReview } from '../../shared/review/commands.ts'
import { anyAggregateStub } from '../addressing.ts'
import { unpackRefusal } from '../aggregate/protocol.ts'
import type { Env } from '../env.ts'
import type { PortCall } from './port-call.ts'

/** Orders that are erased at the same time. */
const ERASURE_CONCURRENCY = 5
/** Events or rows that are read at once. */
const PAGE_SIZE = 200

const orderRow = z.object({ id: z.string() })
const profileEvent = z.looseObject({ data: z.looseObject({ orderId: z.string().optional() }) })

/**
 * Removes a customer's personal data from other aggregates: addresses in orders and deliveries, notes of staff on
 * payments, texts of reviews, mails in the mailbox. The orders are found in the log of the customer's profile, which
 * is never behind: an order is created with its entry there, and a refused one is entered when it has ended. The list
 * of orders adds those that are older than profiles. An order under way retains its address, which its parcel needs,
 * and counts as open.
 */
export async function sweepPersonalData(env: Env, input: unknown, about: PortCall): Promise<ErasureResult> {
  const { customerId } = erasureRequestSchema.parse(input)
  await env.DATABASE.prepare(`DELETE FROM mailbox WHERE variables ->> '$.customerId' = ?`)
    .bind(customerId)
    .run()
  const [profile, list] = await Promise.all([ordersOfProfile(env, customerId), ordersOfList(env, customerId)])
  const ids = [...new Set([...profile, ...list])]
  const erased = await mapBounded(ids, ERASURE_CONCURRENCY, (id) => eraseOrder(env, id, about))
  return { erased: erased.filter(Boolean).length, open: erased.filter((done) => !done).length }
}

async function ordersOfProfile(env: Env, customerId: string): Promise<string[]> {
  const profile = env.CUSTOMER_PROFILE.getByName(customerId)
  const ids = new Set<string>()
  for (let after = 0; ; after += PAGE_SIZE) {
    const events = await profile.history({ after, limit: PAGE_SIZE })
    for (const text of events) {
      const { orderId } = profileEvent.parse(JSON.parse(text)).data
      if (orderId !== undefined) ids.add(orderId)
    }
    if (events.length < PAGE_SIZE) return [...ids]
  }
}

async function ordersOfList(env: Env, customerId: string): Promise<string[]> {
  const ids: string[] = []
  for (let after = ''; ; after = ids.at(-1) ?? '') {
    const { results } = await env.DATABASE.prepare(
      'SELECT id FROM orders WHERE customer_id = ? AND id > ? ORDER BY id LIMIT ?',
    )
      .bind(customerId, after, PAGE_SIZE)
      .all()
    ids.push(...results.map((row) => orderRow.parse(row).id))
    if (results.length < PAGE_SIZE) return ids
  }
}

/** Erases an order and what belongs to it; false while the order, or its parcel, is still under way. */
async function eraseOrder(env: Env, orderId: string, about: PortCall): Promise<boolean> {
  if (!(await erase(env, toOrder(orderId, { type: 'ErasePersonalData' }), about))) return false
  const order = await env.ORDER.getByName(orderId).read({})
  if (!order) return true
  const { deliveries, payments, pricing } = order.state
  const skus = [...new Set(pricing.lines.map(({ sku }) => sku))]
  const done = await Promise.all(
    [
      ...deliveries.map(({ id }) => toDelivery(id, { type: 'ErasePersonalData' })),
      ...payments.map(({ id }) => toPayment(id, { type: 'ErasePersonalData' })),
      ...skus.map((sku) => toReview(reviewIdOf(orderId, sku), { type: 'ErasePersonalData' })),
    ].map((step) => erase(env, step, about)),
  )
  return done.every(Boolean)
}

/** True once nothing is left to erase. */
async function erase(env: Env, { to, command }: CommandStep, { id, trace }: PortCall): Promise<boolean> {
  const reply = await anyAggregateStub(env, to.kind, to.id).dispatch({
    id: to.id,
    command,
    commandId: `${id}.${to.id}`,
    trace,
  })
  // What does not exist holds no personal data.
  return reply.ok || unpackRefusal(reply.refusal).code.endsWith('_not_found')
}
