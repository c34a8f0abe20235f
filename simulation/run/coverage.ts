import { z } from 'zod'
import { registry } from '../../shared/registry.ts'
import { eventTypes } from '../../workers/api/http/openapi/event-types.ts'
import type { Inspection, StoredObject } from '../world.ts'

/** Types of events that no run has, and why. Everything else must occur in every thousand seeds. */
export const excused: ReadonlyMap<string, string> = new Map([
  ['customer.LogInCodeRejected', 'Only earlier releases wrote it: tries are counted by the API now.'],
  ['delivery.CarrierBookingFailed', 'The carriers that there are, all of the sandbox, take every parcel.'],
])

/** The context of each class of aggregates: `CustomerProfileObject` → `order`. */
const contexts: ReadonlyMap<string, string> = new Map(
  Object.values(registry).map(({ kind, context }) => [classOf(kind), context]),
)

function classOf(kind: string): string {
  const words = kind.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  return `${words.join('')}Object`
}

/** Grouped by its place: `json_each` has a column `type`, too. */
const TYPES = `SELECT event.value ->> '$.type' AS type, count(*) AS count
  FROM log, json_each(log.body, '$.events') AS event WHERE log.version > 0 GROUP BY 1`
const countRow = z.object({ type: z.string(), count: z.int() })
const unlogged = z.object({ type: z.string(), sequence: z.unknown().optional() })

/** The events in the logs of a run, counted by type (`order.OrderCreated`). */
export function loggedEvents(objects: readonly StoredObject[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const object of objects) {
    const context = contexts.get(object.className)
    if (context === undefined) continue
    for (const row of object.rows(TYPES)) {
      const { type, count } = countRow.parse(row)
      const name = `${context}.${type}`
      counts.set(name, (counts.get(name) ?? 0) + count)
    }
  }
  return counts
}

/** The types of the events at the sink that no log has, such as `system.SystemError`. */
export function unloggedTypes({ arrivals }: Pick<Inspection, 'arrivals'>): Set<string> {
  // Most events have a place in a log: those are not read.
  const events = arrivals
    .filter(({ text }) => !text.includes('"sequence":'))
    .map(({ text }) => unlogged.parse(JSON.parse(text)))
  return new Set(events.flatMap(({ type, sequence }) => (sequence === undefined ? [type] : [])))
}

/** What many runs have had of the types of events that the product publishes. */
export interface Coverage {
  readonly seen: number
  readonly all: number
  /** Types that never occurred, in alphabetical order. */
  readonly never: readonly string[]
  /** Those of them that are not excused: whatever should cause them does nothing, or no story does it. */
  readonly lacking: readonly string[]
}

/** Compares what occurred with the types of the registry, and with those that belong to no log. */
export function coverageOf(
  occurred: ReadonlySet<string>,
  types: Iterable<string> = eventTypes.keys(),
  reasons: ReadonlyMap<string, string> = excused,
): Coverage {
  const all = [...types]
  const never = all.filter((type) => !occurred.has(type)).sort()
  return {
    seen: all.length - never.length,
    all: all.length,
    never,
    lacking: never.filter((type) => !reasons.has(type)),
  }
}
