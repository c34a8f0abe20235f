import { z } from 'zod'

/** The stock at one location, in units. */
export const stockLocationSchema = z.object({
  location: z.string(),
  onHand: z.int().min(0),
  reserved: z.int().min(0),
  /** ISO 3166-1 alpha-2. */
  country: z.string().optional(),
  region: z.string().optional(),
})
export type StockLocation = z.infer<typeof stockLocationSchema>

/** Units that are neither held nor committed. */
export function availableAt(stock: { readonly onHand: number; readonly reserved: number }): number {
  return stock.onHand - stock.reserved
}

/** Equal to the point is not below it; without a reorder point nothing is. */
export function isBelowReorderPoint(available: number, reorderPoint: number | undefined): boolean {
  return reorderPoint !== undefined && available < reorderPoint
}
