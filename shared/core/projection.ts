import { z } from 'zod'

/** An aggregate by its kind and id. */
export const streamSchema = z.object({ kind: z.string(), id: z.string() })
export type Stream = z.infer<typeof streamSchema>

/**
 * What the queue of projections carries: an aggregate whose row in the lists may be out of date, or a
 * rebuild or a comparison of all rows that is to take its next step. None says how the row is to be: whoever gets
 * the message reads the aggregate as it is by then, so doubled and reordered messages do no harm.
 */
export const projectionMessageSchema = z.union([
  z.strictObject({ stream: streamSchema }),
  z.strictObject({ rebuild: z.string() }),
  z.strictObject({ comparison: z.string() }),
])
export type ProjectionMessage = z.infer<typeof projectionMessageSchema>
