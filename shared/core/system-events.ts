import { z } from 'zod'

const ok = z.literal('ok')

/**
 * Data of the events of the context `system`, which belong to no log: they describe the system, not the business,
 * and hold no personal data.
 */
export const systemEvents = {
  /** An isolate started: for requests, or for Durable Objects, which may run in an isolate of their own. */
  ApplicationStarted: z.object({
    runtime: z.enum(['worker', 'object']),
    environment: z.enum(['development', 'production']),
  }),
  /**
   * An object opened its storage: the first of each isolate, then one in a hundred (`openings` counts all). Or the
   * read database answered an isolate for the first time.
   */
  DatabaseConnected: z.discriminatedUnion('database', [
    z.object({ database: z.literal('object'), kind: z.string(), openings: z.int().min(1) }),
    z.object({ database: z.literal('read') }),
  ]),
  /** An isolate loaded the catalog facts for quoting carts. */
  CacheWarmed: z.object({ cache: z.literal('catalog'), entries: z.int().min(0) }),
  /** A probe succeeded: the scheduled one, or a request for /health. */
  HealthCheckPassed: z.object({
    checks: z.object({ worker: ok, object: ok, database: ok }),
    probe: z.enum(['scheduled', 'request']),
  }),
  /** An unhandled fault, a parked effect, or an event that a sink refused. */
  SystemError: z.discriminatedUnion('fault', [
    z.object({
      fault: z.literal('unhandled'),
      operation: z.string(),
      /** The error's class; its message may quote a request. */
      error: z.string(),
      /** Faults of this isolate that were logged but not emitted, because too many came at once. */
      suppressed: z.int().min(1).optional(),
    }),
    z.object({
      fault: z.literal('effect_parked'),
      parkedId: z.string(),
      effect: z.string(),
      attempts: z.int(),
    }),
    /** A dead letter: a sink refused the event permanently; the lake bucket stores it under `key`. */
    z.object({
      fault: z.literal('event_set_aside'),
      sink: z.string(),
      eventId: z.string(),
      eventType: z.string(),
      reason: z.string(),
      key: z.string(),
    }),
  ]),
} as const

export const systemEventTypes = [
  'ApplicationStarted',
  'DatabaseConnected',
  'CacheWarmed',
  'HealthCheckPassed',
  'SystemError',
] as const satisfies (keyof typeof systemEvents)[]
export type SystemEventType = keyof typeof systemEvents

/** The schema versions other than 1. */
const versions: Partial<Record<SystemEventType, number>> = { SystemError: 2 }

export function systemEventVersion(type: SystemEventType): number {
  return versions[type] ?? 1
}

export type SystemEventData<Type extends SystemEventType> = z.infer<(typeof systemEvents)[Type]>
