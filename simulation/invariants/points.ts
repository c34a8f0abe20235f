import { sum } from '../../shared/core/money/money.ts'
import type { CustomerEvent } from '../../shared/customer/events.ts'
import type { Customer } from '../../shared/customer/state.ts'
import { always, atRest, type Finding, finding } from './invariant.ts'
import { type Entry, type Stream, stateOf, streamsOf } from './streams.ts'

type CustomerStream = Stream<Customer, CustomerEvent>

export const pointsBalance = always(
  'points are never below zero',
  'Points that are spent, expire or are clawed back come out of lots that hold them, and their sum is what the event says.',
  function* (inspection) {
    for (const stream of streamsOf(inspection).customer.values()) {
      let before: Customer | null = null
      for (const entry of stream.entries) {
        if (before) yield* taken(stream, entry, before)
        before = entry.state
      }
    }
  },
)

export const pointsOnce = always(
  'points are earned and spent once',
  'Each order and each review earns points once, each order spends them once, and a claw back is never more than was given.',
  function* (inspection) {
    for (const { name, entries } of streamsOf(inspection).customer.values()) {
      const seen = new Set<string>()
      const given = new Map<string, number>()
      for (const { version, event } of entries) {
        const once = onceOf(event)
        if (once !== null && seen.has(once))
          yield finding(`${name} has ${once} again as version ${version}.`, name)
        if (once !== null) seen.add(once)
        if (
          event.type === 'RewardPointsAccrued' ||
          (event.type === 'RewardPointsEarned' && event.data.source === 'order')
        ) {
          const { orderId = '', points } = event.data
          given.set(orderId, Math.max(given.get(orderId) ?? 0, points))
        }
        if (event.type !== 'RewardPointsClawedBack' && event.type !== 'RewardPointsReinstated') continue
        const { orderId, points } = event.data
        const left = (given.get(orderId) ?? 0) + (event.type === 'RewardPointsClawedBack' ? -points : points)
        given.set(orderId, left)
        if (left < 0)
          yield finding(
            `${name}: more points of the order ${orderId} are clawed back than were given, ${-left} after version ${version}.`,
            name,
            `order/${orderId}`,
          )
      }
    }
  },
)

export const pointsOfOrders = atRest(
  'orders and points agree',
  'A confirmed order has spent its points, a cancelled one has given them back, and a completed one counts for its customer.',
  function* (inspection) {
    const { order, customer } = streamsOf(inspection)
    for (const stream of order.values()) {
      const state = stateOf(stream)
      const buyer = state && customer.get(state.customerId)
      if (!state || !buyer || stateOf(buyer)?.status === 'erased') continue
      const about = [stream.name, buyer.name]
      const spent = spentFor(buyer, stream.id)
      if (state.status === 'cancelled' && spent > 0)
        yield finding(
          `${stream.name} is cancelled, but ${spent} points that paid for it were not given back.`,
          ...about,
        )
      const isConfirmed = ['confirmed', 'shipped', 'delivered', 'completed'].includes(state.status)
      const due = state.pricing.discounts.some(({ source }) => source === 'points') ? state.redeemPoints : 0
      if (isConfirmed && spent !== due)
        yield finding(
          `${stream.name} is ${state.status} with ${due} points as a discount, but ${spent} were spent.`,
          ...about,
        )
      const isCounted = buyer.entries.some(
        ({ event }) => event.type === 'CustomerSpendingUpdated' && event.data.orderId === stream.id,
      )
      if (state.status === 'completed' && !isCounted)
        yield finding(
          `${stream.name} is completed, but does not count as spending of its customer.`,
          ...about,
        )
    }
  },
)

/** What an event takes out of lots, held against the lots before it. */
function* taken(
  { name }: CustomerStream,
  { version, event }: Entry<Customer, CustomerEvent>,
  before: Customer,
): Generator<Finding> {
  if (
    event.type !== 'RewardPointsRedeemed' &&
    event.type !== 'RewardPointsExpired' &&
    event.type !== 'RewardPointsClawedBack'
  )
    return
  const { points, lots } = event.data
  const total = sum(lots.map((lot) => lot.points))
  if (total !== points)
    yield finding(
      `${name}: version ${version} (${event.type}) is of ${points} points, but takes ${total} out of lots.`,
      name,
    )
  const { lots: active, pendingLots } = before.loyalty
  for (const { lotId, points: share } of lots) {
    const available = sum(
      [...active, ...pendingLots].filter((lot) => lot.lotId === lotId).map((lot) => lot.points),
    )
    if (share > available)
      yield finding(
        `${name}: version ${version} (${event.type}) takes ${share} points out of the lot ${lotId}, which has ${available}.`,
        name,
      )
  }
}

/** What may happen once in a customer's log. */
function onceOf(event: CustomerEvent): string | null {
  switch (event.type) {
    case 'RewardPointsEarned':
      return event.data.source === 'review'
        ? `points for the review ${event.data.reviewId}`
        : `points for the order ${event.data.orderId}`
    case 'RewardPointsAccrued':
      return `pending points for the order ${event.data.orderId}`
    case 'RewardPointsRedeemed':
      return `points spent for the order ${event.data.orderId}`
    case 'RewardPointsRestored':
      return `points restored for the order ${event.data.orderId}`
    default:
      return null
  }
}

/** Points spent for an order and not given back. */
function spentFor({ entries }: CustomerStream, orderId: string): number {
  let spent = 0
  for (const { event } of entries) {
    if (event.type === 'RewardPointsRedeemed' && event.data.orderId === orderId) spent = event.data.points
    if (event.type === 'RewardPointsRestored' && event.data.orderId === orderId) spent = 0
  }
  return spent
}
