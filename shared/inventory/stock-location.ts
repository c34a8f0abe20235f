import { z } from 'zod'

/** What stands at one location, in units. */
export const stockLocationSchema = z.object({
  location: z.string(),
  onHand: z.int().min(0),
  reserved: z.int().min(0),
  /** ISO 3166-1 alpha-2. */
  country: z.string().optional(),
  region: z.string().optional(),
})
export type StockLocation = z.infer<typeof stockLocationSchema>

/** What is neither held nor sold, in units. */
export function availableAt(stock: { readonly onHand: number; readonly reserved: number }): number {
  return stock.onHand - stock.reserved
}

/** Exactly at the point is not below it; without a point nothing is. */
export function isBelowReorderPoint(available: number, reorderPoint: number | undefined): boolean {
  return reorderPoint !== undefined && available < reorderPoint
}
