/**
 * When points may pay for an order: a minimum number, and a maximum share of its subtotal. A point is worth one
 * minor unit of the base currency.
 */
export const pointsTerms = { minimum: 100, maxShare: 0.5 } as const

/** The minimum and maximum points for an order; its subtotal in minor units of the base currency. */
export function pointsBounds(subtotal: number): { minimum: number; maximum: number } {
  const { minimum, maxShare } = pointsTerms
  return { minimum, maximum: Math.floor(subtotal * maxShare) }
}

/** The most points that a customer with this balance may redeem for a subtotal: 0 below the minimum. */
export function redeemablePoints(available: number, subtotal: number): number {
  const { minimum, maximum } = pointsBounds(subtotal)
  const most = Math.min(available, maximum)
  return most < minimum ? 0 : most
}
