import type { Inspection, Invariant } from '../world.ts'

/** What an invariant finds: in words, and the streams or objects that it concerns (`order/ord_…`). */
export interface Finding {
  readonly message: string
  readonly about: readonly string[]
}

export function finding(message: string, ...about: readonly string[]): Finding {
  return { message, about }
}

/** An invariant with a name for what it finds. */
function invariant(
  name: string,
  promise: string,
  always: boolean,
  find: (inspection: Inspection) => Iterable<Finding>,
): Invariant {
  return {
    name,
    promise,
    always,
    check: (inspection) => [...find(inspection)].map((found) => ({ invariant: name, ...found })),
  }
}

/** A promise that holds at any moment. */
export function always(
  name: string,
  promise: string,
  find: (inspection: Inspection) => Iterable<Finding>,
): Invariant {
  return invariant(name, promise, true, find)
}

/** A promise that holds once all faults have healed and nothing is left to do. */
export function atRest(
  name: string,
  promise: string,
  find: (inspection: Inspection) => Iterable<Finding>,
): Invariant {
  return invariant(name, promise, false, find)
}

/** The items under each key, in the order of their first appearance. */
export function grouped<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  return Map.groupBy(items, keyOf)
}
