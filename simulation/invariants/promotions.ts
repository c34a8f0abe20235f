import type { PromotionEvent } from '../../shared/promotion/events.ts'
import { always, atRest, finding } from './invariant.ts'
import { type Stream, stateOf, streamsOf } from './streams.ts'

interface Use {
  readonly customerId: string | undefined
  readonly isConfirmed: boolean
}

export const promotionLimits = always(
  'a limit of N uses is N',
  'The uses of a promotion that were not given back are never more than its limit, nor those of a customer.',
  function* (inspection) {
    for (const { name, entries } of streamsOf(inspection).promotion.values()) {
      const uses = new Map<string, Use>()
      for (const { version, event, state } of entries) {
        follow(uses, event)
        const { usageLimit, perCustomerLimit } = state
        if (usageLimit !== undefined && uses.size > usageLimit)
          yield finding(
            `${name} has ${uses.size} uses after version ${version}; the limit is ${usageLimit}.`,
            name,
          )
        if (uses.size !== state.uses)
          yield finding(
            `${name} counts ${state.uses} uses after version ${version}, but its log has ${uses.size}.`,
            name,
          )
        if (event.type !== 'PromotionApplied' || perCustomerLimit === undefined) continue
        const { customerId } = event.data
        const own = [...uses.values()].filter((use) => use.customerId === customerId).length
        if (own > perCustomerLimit)
          yield finding(
            `${name} has ${own} uses of the customer ${customerId} after version ${version}; the limit is ${perCustomerLimit}.`,
            name,
          )
      }
    }
  },
)

export const usesOfOrders = atRest(
  'orders and promotions agree',
  'A use belongs to an order that counts it; a confirmed order has confirmed uses, a cancelled one has none.',
  function* (inspection) {
    const { promotion, order } = streamsOf(inspection)
    const usesOf = new Map([...promotion.values()].map((stream) => [stream.id, usesIn(stream)]))
    for (const [code, uses] of usesOf)
      for (const [orderId, { isConfirmed }] of uses) {
        const stream = order.get(orderId)
        const state = stream && stateOf(stream)
        // An operator may claim a use for an order that is kept elsewhere.
        if (!stream || !state) continue
        const about = [`promotion/${code}`, stream.name]
        if (state.status === 'cancelled')
          yield finding(`${stream.name} is cancelled, but still has a use of ${code}.`, ...about)
        else if (
          !state.terms.some((terms) => terms.code === code) &&
          !isByOperator(promotion.get(code), orderId)
        )
          yield finding(`${code} has a use of ${stream.name}, which does not count it.`, ...about)
        if (isConfirmed && !state.stockCommitted)
          yield finding(`${code} has a confirmed use of ${stream.name}, which was never confirmed.`, ...about)
      }
    for (const stream of order.values()) {
      const state = stateOf(stream)
      if (!state?.stockCommitted || state.status === 'cancelled' || state.status === 'returned') continue
      for (const { code } of state.terms)
        if (!usesOf.get(code)?.get(stream.id)?.isConfirmed)
          yield finding(
            `${stream.name} is ${state.status} with a discount of ${code}, which has no confirmed use of it.`,
            stream.name,
            `promotion/${code}`,
          )
    }
  },
)

function usesIn({ entries }: Stream<unknown, PromotionEvent>): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>()
  for (const { event } of entries) follow(uses, event)
  return uses
}

function follow(uses: Map<string, Use>, event: PromotionEvent): void {
  if (event.type === 'PromotionReleased') uses.delete(event.data.orderId)
  if (event.type !== 'PromotionApplied' && event.type !== 'PromotionUseConfirmed') return
  const { orderId, customerId } = event.data
  uses.set(orderId, { customerId, isConfirmed: event.type === 'PromotionUseConfirmed' })
}

/** Whether a request claimed the use, and not the order itself. */
function isByOperator(stream: Stream<unknown, PromotionEvent> | undefined, orderId: string): boolean {
  const claim = stream?.entries.findLast(
    ({ event }) => event.type === 'PromotionApplied' && event.data.orderId === orderId,
  )
  return claim !== undefined && claim.trace.causationId === undefined
}
