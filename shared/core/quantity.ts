/** Quantities summed per SKU, sorted by SKU, so that limits apply to the sum of all lines. */
export function quantityBySku(
  lines: readonly { sku: string; quantity: number }[],
): [sku: string, quantity: number][] {
  const totals = new Map<string, number>()
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity)
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1))
}
