/**
 * When points may pay for an order: at least so many, and at most this share of its subtotal. A point is worth one
 * minor unit of the base currency.
 */
export const pointsTerms = { minimum: 100, maxShare: 0.5 } as const

/** The fewest and the most points that an order takes; its subtotal in minor units of the base currency. */
export function pointsBounds(subtotal: number): { minimum: number; maximum: number } {
  const { minimum, maxShare } = pointsTerms
  return { minimum, maximum: Math.floor(subtotal * maxShare) }
}

/** The most points that a customer with so many may redeem for a subtotal: 0 where they are below the minimum. */
export function redeemablePoints(available: number, subtotal: number): number {
  const { minimum, maximum } = pointsBounds(subtotal)
  const most = Math.min(available, maximum)
  return most < minimum ? 0 : most
}
