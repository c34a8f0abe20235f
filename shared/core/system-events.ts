import { z } from 'zod'

const ok = z.literal('ok')

/** Data of the events of the context `system`, which belong to no log: of the system, not of the business. */
export const systemEvents = {
  /** Something went wrong that nobody foresaw, or an effect was given up. Holds no personal data. */
  SystemError: z.discriminatedUnion('fault', [
    z.object({ fault: z.literal('unhandled'), operation: z.string(), error: z.string() }),
    z.object({
      fault: z.literal('effect_parked'),
      parkedId: z.string(),
      effect: z.string(),
      attempts: z.int(),
    }),
  ]),
  /** The scheduled probe found everything in order. */
  HealthCheckPassed: z.object({ checks: z.object({ worker: ok, object: ok, database: ok }) }),
} as const
