import { z } from 'zod'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { CommandStep } from '../../shared/core/effect.ts'
import { type ErasureResult, erasureRequestSchema } from '../../shared/core/erasure.ts'
import { toDelivery } from '../../shared/delivery/commands.ts'
import { toOrder } from '../../shared/order/commands.ts'
import { reviewIdOf, toReview } from '../../shared/review/commands.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import { unpackRefusal } from '../protocol.ts'
import type { PortCall } from './port-call.ts'

/** Orders that are erased at the same time, and how many are looked up at once. */
const ORDERS_AT_ONCE = 5
const PAGE = 200

const orderRow = z.object({ id: z.string() })

/**
 * Removes what others know of a customer: addresses in orders and deliveries, words in reviews, mails in
 * the mailbox. The list of orders tells which there are, so one that is new may only be met by the next
 * sweep. An order under way keeps its address, which its parcel needs, and counts as open.
 */
export async function sweepPersonalData(env: Env, input: unknown, about: PortCall): Promise<ErasureResult> {
  const { customerId } = erasureRequestSchema.parse(input)
  await env.DATABASE.prepare(`DELETE FROM mailbox WHERE variables ->> '$.customerId' = ?`)
    .bind(customerId)
    .run()
  const result = { erased: 0, open: 0 }
  for (let after = ''; ; ) {
    const { results } = await env.DATABASE.prepare(
      'SELECT id FROM orders WHERE customer_id = ? AND id > ? ORDER BY id LIMIT ?',
    )
      .bind(customerId, after, PAGE)
      .all()
    const ids = results.map((row) => orderRow.parse(row).id)
    const erased = await mapBounded(ids, ORDERS_AT_ONCE, (id) => eraseOrder(env, id, about))
    result.erased += erased.filter(Boolean).length
    result.open += erased.filter((done) => !done).length
    const last = ids.at(-1)
    if (last === undefined || ids.length < PAGE) return result
    after = last
  }
}

/** Erases an order and what belongs to it; false while the order, or its parcel, is still under way. */
async function eraseOrder(env: Env, orderId: string, about: PortCall): Promise<boolean> {
  if (!(await erase(env, toOrder(orderId, { type: 'ErasePersonalData' }), about))) return false
  const order = await env.ORDER.get(env.ORDER.idFromName(orderId)).read({})
  if (!order) return true
  const { deliveries, pricing } = order.state
  const skus = [...new Set(pricing.lines.map(({ sku }) => sku))]
  const done = await Promise.all([
    ...deliveries.map(({ id }) => erase(env, toDelivery(id, { type: 'ErasePersonalData' }), about)),
    ...skus.map((sku) =>
      erase(env, toReview(reviewIdOf(orderId, sku), { type: 'ErasePersonalData' }), about),
    ),
  ])
  return done.every(Boolean)
}

/** True once there is nothing (more) to erase. */
async function erase(env: Env, { to, command }: CommandStep, { id, trace }: PortCall): Promise<boolean> {
  const reply = await anyAggregateStub(env, to.kind, to.id).tell({
    id: to.id,
    command,
    commandId: `${id}.${to.id}`,
    trace,
  })
  // What never came into being tells of nobody.
  return reply.ok || unpackRefusal(reply.refusal).code.endsWith('_not_found')
}
