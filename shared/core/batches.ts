/** Splits items into batches, in their order. An item over the limit gets a batch of its own. */
export function batchesOf<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  limits: { readonly count: number; readonly bytes: number },
): Item[][] {
  const batches: Item[][] = []
  let total = 0
  for (const item of items) {
    const bytes = bytesOf(item)
    const batch = batches.at(-1)
    if (!batch || batch.length >= limits.count || total + bytes > limits.bytes) {
      batches.push([item])
      total = bytes
    } else {
      batch.push(item)
      total += bytes
    }
  }
  return batches
}
