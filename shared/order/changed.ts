/** A list in which the entry of this id is changed. */
export function changed<Entry extends { id: string }>(
  list: readonly Entry[],
  id: string,
  change: Partial<Entry> | ((entry: Entry) => Entry),
): Entry[] {
  return list.map((entry) => {
    if (entry.id !== id) return entry
    return typeof change === 'function' ? change(entry) : { ...entry, ...change }
  })
}
