import { z } from 'zod'
import { instantSchema } from './time.ts'

export const eventCategories = ['business', 'system', 'error'] as const
export type EventCategory = (typeof eventCategories)[number]

/** A log has fewer events than ten digits can count: an object stores 10 GB, and an event is longer than a byte. */
const SEQUENCE_DIGITS = 10

/** A version as CloudEvents' extension Sequence wants it: its texts are in the order of the versions. */
const sequenceSchema = z
  .string()
  .regex(/^[0-9]{10}$/)
  .refine((text) => Number(text) >= 1)

/**
 * An event as it leaves Petrel: CloudEvents 1.0 in structured JSON. `id` is unique over all streams;
 * readers deduplicate by it. `sequence` is the version in the aggregate's log (missing for events that belong
 * to no log); `partitionkey` keeps one aggregate's events together and in order.
 */
export const cloudEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: instantSchema,
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  category: z.enum(eventCategories),
  partitionkey: z.string(),
  sequence: sequenceSchema.optional(),
  correlationid: z.string(),
  causationid: z.string().optional(),
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  data: z.unknown(),
})
export type CloudEvent = z.infer<typeof cloudEventSchema>

/**
 * An event as this release or an earlier one has published it. In those before, `sequence` was a number, and `source` and
 * `dataschema` had no origin. Queues, dead letters and lakes have such events: whoever reads them reads both forms.
 */
export const anyCloudEventSchema = cloudEventSchema.extend({
  sequence: z.union([sequenceSchema, z.int().min(1)]).optional(),
})
export type AnyCloudEvent = z.infer<typeof anyCloudEventSchema>

/** A version as text that sorts: ten digits. */
export function sequenceOf(version: number): string {
  return String(version).padStart(SEQUENCE_DIGITS, '0')
}

/** The version of an event in its log, in either form; undefined for an event that belongs to no log. */
export function eventVersion({ sequence }: Pick<AnyCloudEvent, 'sequence'>): number | undefined {
  return sequence === undefined ? undefined : Number(sequence)
}

/** The start of a chain of causes, and the direct cause. */
export const traceSchema = z.object({
  correlationId: z.string(),
  causationId: z.string().optional(),
  /** W3C Trace Context, as it came in. */
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
})
export type Trace = z.infer<typeof traceSchema>

interface Occurrence {
  /** Of the deployment's public address (`https://shop.example`); references are relative to an empty one. */
  origin: string
  context: string
  type: string
  /** The version of its data's schema; 1 if missing. */
  schemaVersion?: number
  subject: string
  time: string
  category: EventCategory
  trace: Trace
  data: unknown
}

/** An event of an aggregate's log, as a CloudEvent. */
export function cloudEventOf({
  stream,
  id,
  version,
  event,
  ...recorded
}: Pick<Occurrence, 'origin' | 'context' | 'time' | 'category' | 'trace'> & {
  /** The name of the aggregate's stream, which identifies and orders its events. */
  stream: string
  id: string
  version: number
  event: { type: string; schemaVersion: number; data: unknown }
}): CloudEvent {
  return {
    ...envelope({ ...recorded, ...event, subject: id }),
    id: `${stream}/${version}`,
    partitionkey: stream,
    sequence: sequenceOf(version),
    data: event.data,
  }
}

/**
 * An event that belongs to no log: something seen, or a fault in the system. Petrel never reads it again, so it has
 * no upcasters; its data still has a version, for the readers of the sink.
 */
export function unsequencedCloudEvent({ id, ...occurred }: Occurrence & { id: string }): CloudEvent {
  return { ...envelope(occurred), id, partitionkey: occurred.subject, data: occurred.data }
}

function envelope(occurrence: Occurrence) {
  const { origin, context, schemaVersion = 1, subject, time, category, trace, ...event } = occurrence
  const type = `${context}.${event.type}`
  return {
    specversion: '1.0',
    source: `${origin}/petrel/${context}`,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    dataschema: `${origin}/schemas/${type}.v${schemaVersion}.json`,
    category,
    correlationid: trace.correlationId,
    ...(trace.causationId && { causationid: trace.causationId }),
    ...(trace.traceparent && { traceparent: trace.traceparent }),
    ...(trace.tracestate && { tracestate: trace.tracestate }),
  } as const
}
