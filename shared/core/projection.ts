import { z } from 'zod'

/** An aggregate by its kind and id. */
export const streamSchema = z.object({ kind: z.string(), id: z.string() })
export type Stream = z.infer<typeof streamSchema>

/**
 * A message of the projection queue: an aggregate whose row the read database did not take, or a rebuild or
 * comparison of all rows that has a next step. It holds no row: the consumer reads the present aggregate, so
 * duplicate and reordered messages are harmless.
 */
export const projectionMessageSchema = z.union([
  z.strictObject({ stream: streamSchema }),
  z.strictObject({ rebuild: z.string() }),
  z.strictObject({ comparison: z.string() }),
])
export type ProjectionMessage = z.infer<typeof projectionMessageSchema>
