import { olderSchemas } from '../../../../contracts/schemas/older.ts'
import { eventTypes } from './event-types.ts'
import { newestSchema, schemaName } from './published-schema.ts'

/** The names of all served schemas: per event type the newest, then every version. */
export function schemaNames(): string[] {
  return [...eventTypes.values()].flatMap(({ type, version }) => [
    type,
    ...Array.from({ length: version }, (_, index) => schemaName(type, index + 1)),
  ])
}

/**
 * The JSON Schema (2020-12) of an event's `data`: of the newest version (`order.OrderCreated`) or of a given one
 * (`order.OrderCreated.v1`, as in `dataschema`); `null` for an unknown name.
 */
export function eventSchema(name: string, origin: string): object | null {
  const [, type = name, version] = /^(.+)\.v([1-9]\d*)$/.exec(name) ?? []
  const eventType = eventTypes.get(type)
  if (eventType && (version === undefined || Number(version) === eventType.version))
    return newestSchema(eventType, origin, name)
  const older = olderSchemas.get(name)
  return older ? { ...older, $id: `${origin}/schemas/${name}.json` } : null
}
