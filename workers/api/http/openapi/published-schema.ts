import { z } from 'zod'
import type { EventType } from './event-types.ts'

/**
 * The published JSON Schema of an event's data. It is open: readers must ignore unknown properties, so that properties
 * can be added. Patterns that zod derives from a format are left out: they change with the library, not with the event.
 */
export function publishedSchema(data: z.ZodType, target: 'draft-2020-12' | 'draft-07' = 'draft-2020-12') {
  return z.toJSONSchema(data, {
    target,
    // The schema of stored events: their defaults are filled in.
    io: 'output',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern
    },
  })
}

/** The name of a version's schema: its file in `contracts/schemas/` and its page, without the ending. */
export function schemaName(type: string, version: number): string {
  return `${type}.v${version}`
}

/** The schema of the newest version of an event's data, under the requested name. */
export function newestSchema({ type, version, data }: EventType, origin: string, name?: string) {
  const { $schema, ...schema } = publishedSchema(data)
  return {
    $schema,
    $id: `${origin}/schemas/${name ?? schemaName(type, version)}.json`,
    title: type,
    ...schema,
  }
}
