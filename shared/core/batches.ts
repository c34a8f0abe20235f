/** What one batch holds at most. */
interface BatchLimits {
  readonly count: number
  readonly bytes: number
}

/** Cuts items into batches, in their order. An item that is larger than a batch may be stands alone in one. */
export function batchesOf<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  limits: BatchLimits,
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
