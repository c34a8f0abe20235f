import type { z } from 'zod'
import { productViewed } from '../../../../shared/catalog/events.ts'
import { type AnyAggregate, schemaVersion } from '../../../../shared/core/aggregate.ts'
import type { EventCategory } from '../../../../shared/core/cloud-event.ts'
import { systemEvents, systemEventTypes, systemEventVersion } from '../../../../shared/core/system-events.ts'
import { type Registry, registry } from '../../../../shared/registry.ts'

/** One type of event that Petrel publishes. */
export interface EventType {
  /** Its CloudEvents type (`order.OrderCreated`). */
  readonly type: string
  readonly context: string
  readonly name: string
  readonly category: EventCategory
  /** The newest version of its data, which is the published one; versions count from 1. */
  readonly version: number
  /** Whether it is stored in the log of an aggregate, and so has a sequence number. */
  readonly logged: boolean
  readonly data: z.ZodType
}

/** The types of events that a kind of aggregate stores. */
function storedBy(aggregate: AnyAggregate): EventType[] {
  const { context, event, errorEvents } = aggregate
  return event.options.map(({ shape: { type, data } }) => {
    const name = type.value
    const category = errorEvents?.includes(name) ? 'error' : 'business'
    const version = schemaVersion(aggregate, name)
    return { type: `${context}.${name}`, context, name, category, version, logged: true, data }
  })
}

/** An event without a log. */
function unsequenced(
  context: string,
  name: string,
  category: EventCategory,
  { data, version = 1 }: { data: z.ZodType; version?: number },
): EventType {
  return { type: `${context}.${name}`, context, name, category, version, logged: false, data }
}

/** Every type of event that some kinds of aggregates and the system itself publish, by its CloudEvents type. */
export function eventTypesOf(kinds: Registry): ReadonlyMap<string, EventType> {
  const types = [
    ...Object.values(kinds).flatMap(storedBy),
    unsequenced('catalog', productViewed.shape.type.value, 'business', { data: productViewed.shape.data }),
    ...systemEventTypes.map((name) =>
      unsequenced('system', name, name === 'SystemError' ? 'error' : 'system', {
        data: systemEvents[name],
        version: systemEventVersion(name),
      }),
    ),
  ]
  return new Map(types.map((eventType) => [eventType.type, eventType]))
}

/** Every type of event, by its CloudEvents type. */
export const eventTypes = eventTypesOf(registry)
