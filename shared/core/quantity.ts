/** Quantities summed per SKU, in sorted order of the SKUs: so that nothing is checked line by line. */
export function quantityBySku(
  lines: readonly { sku: string; quantity: number }[],
): [sku: string, quantity: number][] {
  const totals = new Map<string, number>()
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity)
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1))
}
