import type { Stream } from './streams.ts'

/** The aggregate's entry in lists at a version, by the product's own projection; `null` if its kind has none. */
export function listingAt(
  { aggregate, id, entries }: Stream,
  version: number,
): Readonly<Record<string, unknown>> | null {
  const entry = entries[version - 1]
  if (!entry || !aggregate.listing) return null
  const state = aggregate.abridged?.(entry.state) ?? entry.state
  const createdAt = entries[0]?.time ?? entry.time
  return { ...aggregate.listing(state, { id, version, createdAt, updatedAt: entry.time }) }
}
