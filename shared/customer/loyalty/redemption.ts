import type { DecisionContext } from '../../core/aggregate.ts'
import { countingAsNoted, explainCounting, toBase } from '../../core/money/exchange.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent, CustomerEventData } from '../events.ts'
import { refuse } from '../refusals.ts'
import type { Customer, CustomerFeature } from '../state.ts'
import { settleClawBacks } from './claw-back.ts'
import { afterExpiry, expiryTimer } from './expiry.ts'
import { pointBalance, pointsIn, sharesOf, spendable, takeInOrder, withoutShares } from './points.ts'
import { explainRedemption, pointsRedemptionPolicy } from './points-policies.ts'
import { inLoyalty, type Loyalty } from './state.ts'

/** Redemption of points for an order, and their restoration when the order is not made. */
export const redemption = {
  evolve: {
    RewardPointsRedeemed: inLoyalty(redeemed),
    RewardPointsRestored: inLoyalty(restored),
  },
  decide: {
    RedeemPoints: afterExpiry(redeemPoints),
    RestorePoints: afterExpiry(restorePoints),
  },
  react: {
    RewardPointsRedeemed: (_, state) => [expiryTimer(state)],
    RewardPointsRestored: (_, state) => [expiryTimer(state)],
  },
} satisfies CustomerFeature

function redeemed(
  loyalty: Loyalty,
  { orderId, lots }: CustomerEventData<'RewardPointsRedeemed'>,
  at: Instant,
): Loyalty {
  const share = sharesOf(lots)
  const taken = loyalty.lots
    .map((lot) => ({ ...lot, points: Math.min(lot.points, share(lot)) }))
    .filter((lot) => lot.points > 0)
  return {
    ...loyalty,
    lots: withoutShares(loyalty.lots, lots),
    redemptions: [...loyalty.redemptions, { orderId, at, restored: false, lots: taken }],
  }
}

/** Lots that have expired since are not recreated. */
function restored(
  loyalty: Loyalty,
  { orderId }: CustomerEventData<'RewardPointsRestored'>,
  at: Instant,
): Loyalty {
  const back = loyalty.redemptions.filter(
    (redemption) => redemption.orderId === orderId && !redemption.restored,
  )
  const unexpired = back.flatMap(({ lots }) => lots).filter((lot) => at < lot.expiresAt)
  return {
    ...loyalty,
    lots: spendable([...loyalty.lots, ...unexpired]),
    redemptions: loyalty.redemptions.map((redemption) =>
      back.includes(redemption) ? { ...redemption, restored: true, lots: [] } : redemption,
    ),
  }
}

/**
 * Redeems points for an order, once, earliest expiry first. Refused: `customer_suspended`, `customer_not_active`,
 * `points_currency`, `points_restored`, `points_minimum`, `points_maximum` or `points_insufficient`.
 */
function redeemPoints(
  command: CustomerCommandOf<'RedeemPoints'>,
  { status, loyalty }: Customer,
  { now, currencies }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, points, subtotal } = command
  const redemption = loyalty.redemptions.find((known) => known.orderId === orderId)
  // A repeated command must not redeem points for an order that was cancelled in the meantime.
  if (redemption?.restored) return refuse('points_restored', `The points of ${orderId} were given back.`)
  if (redemption) return accept()
  if (status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (status === 'pending') return refuse('customer_not_active', 'The address is not verified yet.')

  const counting = countingAsNoted(command.exchange, currencies, subtotal.currency)
  const inBase = toBase(subtotal, counting)
  if (inBase === null)
    return refuse('points_currency', `No rate of ${subtotal.currency} is declared.`, {
      currency: subtotal.currency,
    })
  const facts = { points, subtotal: inBase, available: pointBalance(loyalty, now).available }
  const decision = pointsRedemptionPolicy(facts)
  if (!decision.allowed) return refuseRedemption(points, decision)
  const spendable = loyalty.lots.filter((lot) => lot.activeFrom <= now && now < lot.expiresAt)
  return accept({
    type: 'RewardPointsRedeemed',
    data: {
      ...{ orderId, points, lots: takeInOrder(spendable, points) },
      decisions: [explainRedemption(facts, explainCounting(subtotal, counting))],
    },
  })
}

function refuseRedemption(
  points: number,
  { rule, bound }: Exclude<ReturnType<typeof pointsRedemptionPolicy>, { allowed: true }>,
): Decision<never> {
  switch (rule) {
    case 'points_minimum':
      return refuse(rule, `${points} points are below the minimum of ${bound}.`, { minimum: bound })
    case 'points_maximum':
      return refuse(rule, `${points} points are more than the ${bound} that this order takes.`, {
        maximum: bound,
      })
    case 'points_insufficient':
      return refuse(rule, `${points} points were asked for, ${bound} are available.`, { available: bound })
  }
}

/**
 * Returns the points of an order that was not made to their lots; not an error without redemption. Points
 * of a lot that has expired in the meantime expire with it. Points that should have been
 * clawed back while they were spent are clawed back now.
 */
function restorePoints(
  { orderId }: CustomerCommandOf<'RestorePoints'>,
  { loyalty }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  const redemption = loyalty.redemptions.find((known) => known.orderId === orderId)
  if (!redemption || redemption.restored) return accept()
  const unexpired = redemption.lots.filter((lot) => now < lot.expiresAt)
  const lapsed = pointsIn(redemption.lots) - pointsIn(unexpired)
  const lots = unexpired.map(({ lotId, points }) => ({ lotId, points }))
  const data = { orderId, points: pointsIn(unexpired), lots, ...(lapsed > 0 && { lapsed }) }
  const settlements = settleClawBacks(restored(loyalty, data, now), lots, now)
  return accept({ type: 'RewardPointsRestored', data }, ...settlements)
}
