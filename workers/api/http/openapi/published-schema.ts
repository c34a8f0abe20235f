import { z } from 'zod'
import type { EventType } from './event-types.ts'

/**
 * The JSON Schema that is published of an event's data. It is open: a reader has to pass over properties
 * that it does not know, or none could ever be added. And where a format is named, the pattern that zod
 * makes of it is left out: that one changes with the library, not with the event.
 */
export function publishedSchema(data: z.ZodType, target: 'draft-2020-12' | 'draft-07' = 'draft-2020-12') {
  return z.toJSONSchema(data, {
    target,
    // What is written, not what is read: a stored event has no defaults left to fill.
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

/** The schema of the newest version of an event's data, under the name that it is asked for by. */
export function newestSchema({ type, version, data }: EventType, origin: string, name?: string) {
  const { $schema, ...schema } = publishedSchema(data)
  return {
    $schema,
    $id: `${origin}/schemas/${name ?? schemaName(type, version)}.json`,
    title: type,
    ...schema,
  }
}
