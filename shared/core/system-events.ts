import { z } from 'zod'

const ok = z.literal('ok')

/**
 * Data of the events of the context `system`, which belong to no log: they describe the system, not the
 * business. None holds personal data.
 */
export const systemEvents = {
  /** An isolate began to run: for requests, or for Durable Objects, which may run in an isolate of their own. */
  ApplicationStarted: z.object({
    runtime: z.enum(['worker', 'object']),
    environment: z.enum(['development', 'production']),
  }),
  /**
   * An object's storage was opened and its tables read: the first of each isolate, then one in a hundred
   * (`openings` counts them all). Or the read database answered an isolate for the first time.
   */
  DatabaseConnected: z.discriminatedUnion('database', [
    z.object({ database: z.literal('object'), kind: z.string(), openings: z.int().min(1) }),
    z.object({ database: z.literal('read') }),
  ]),
  /** The catalog facts that an isolate quotes carts from were read ahead. */
  CacheWarmed: z.object({ cache: z.literal('catalog'), entries: z.int().min(0) }),
  /** A probe found everything in order: the scheduled one, or a request for /health. */
  HealthCheckPassed: z.object({
    checks: z.object({ worker: ok, object: ok, database: ok }),
    probe: z.enum(['scheduled', 'request']),
  }),
  /** An unhandled fault, an effect that was parked, or an event that was refused by the sink. */
  SystemError: z.discriminatedUnion('fault', [
    z.object({
      fault: z.literal('unhandled'),
      operation: z.string(),
      /** The fault's class; its message may quote what a client sent. */
      error: z.string(),
      /** Faults of this isolate that were logged and not emitted, because too many came at once. */
      suppressed: z.int().min(1).optional(),
    }),
    z.object({
      fault: z.literal('effect_parked'),
      parkedId: z.string(),
      effect: z.string(),
      attempts: z.int(),
    }),
    /** A sink refused an event for good: it is kept whole in the lake bucket, under `key`. */
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

/** The versions of those that were changed since they were first published. */
const versions: Partial<Record<SystemEventType, number>> = { SystemError: 2 }

/** The version of the data of one of them; they count from 1. */
export function systemEventVersion(type: SystemEventType): number {
  return versions[type] ?? 1
}

/** The data of one of them. */
export type SystemEventData<Type extends SystemEventType> = z.infer<(typeof systemEvents)[Type]>
