import { z } from 'zod'

/** Schema of one event type: `{type, data}`. A context's events are a discriminated union of these. */
export function event<Name extends string, Data extends z.ZodObject>(name: Name, data: Data) {
  return z.object({ type: z.literal(name), data })
}

/** Schema of one command type: its own fields beside `type`; unknown fields are refused. */
export function command<Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) {
  return z.strictObject({ type: z.literal(name), ...fields })
}
