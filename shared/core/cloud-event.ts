import { z } from 'zod'
import { instantSchema } from './time.ts'

export const eventCategories = ['business', 'system', 'error'] as const
export type EventCategory = (typeof eventCategories)[number]

/**
 * An event as it leaves Petrel: CloudEvents 1.0 in structured JSON. `id` is unique over all streams and
 * is what a reader deduplicates by; `sequence` is the version in the aggregate's log (missing for
 * events that belong to no log); `partitionkey` keeps one aggregate's events together and in order.
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
  sequence: z.int().min(1).optional(),
  correlationid: z.string(),
  causationid: z.string().optional(),
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  data: z.unknown(),
})
export type CloudEvent = z.infer<typeof cloudEventSchema>

/** Where a request's thread of consequences began, and what caused the next link of it. */
export const traceSchema = z.object({
  correlationId: z.string(),
  causationId: z.string().optional(),
  /** W3C Trace Context, as it came in. */
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
})
export type Trace = z.infer<typeof traceSchema>

/** An event of an aggregate's log, as CloudEvents. */
export function cloudEventOf(recorded: {
  /** The name of the aggregate's stream, by which its event is known and ordered. */
  stream: string
  context: string
  id: string
  version: number
  time: string
  /** With the version of its data's schema. */
  event: { type: string; schemaVersion: number; data: unknown }
  category: EventCategory
  trace: Trace
}): CloudEvent {
  const { stream, context, id, version, event, trace } = recorded
  return {
    ...envelope({
      context,
      type: event.type,
      schemaVersion: event.schemaVersion,
      subject: id,
      time: recorded.time,
      category: recorded.category,
      trace,
    }),
    id: `${stream}/${version}`,
    partitionkey: stream,
    sequence: version,
    data: event.data,
  }
}

/**
 * An event that belongs to no log: something was seen, or something went wrong in the system. Petrel never
 * reads one again, so it has no upcasters; its data has a version all the same, for those who read the sink.
 */
export function unsequencedCloudEvent(occurred: {
  id: string
  context: string
  type: string
  subject: string
  time: string
  category: EventCategory
  trace: Trace
  data: unknown
  /** 1 unless something else is said. */
  schemaVersion?: number
}): CloudEvent {
  return {
    ...envelope({ schemaVersion: 1, ...occurred }),
    id: occurred.id,
    partitionkey: occurred.subject,
    data: occurred.data,
  }
}

function envelope(about: {
  context: string
  type: string
  schemaVersion: number
  subject: string
  time: string
  category: EventCategory
  trace: Trace
}) {
  const type = `${about.context}.${about.type}`
  return {
    specversion: '1.0',
    source: `/petrel/${about.context}`,
    type,
    subject: about.subject,
    time: about.time,
    datacontenttype: 'application/json',
    dataschema: `/schemas/${type}.v${about.schemaVersion}.json`,
    category: about.category,
    correlationid: about.trace.correlationId,
    ...(about.trace.causationId && { causationid: about.trace.causationId }),
    ...(about.trace.traceparent && { traceparent: about.trace.traceparent }),
    ...(about.trace.tracestate && { tracestate: about.trace.tracestate }),
  } as const
}

/** A message of the queue: the event, and where to forward and confirm it. */
export const publishedMessageSchema = z.object({
  stream: z
    .object({
      kind: z.string(),
      id: z.string(),
      version: z.int().min(1),
      /** When this was sent, all versions up to here were confirmed: a forwarder had recorded them. */
      confirmed: z.int().min(0).optional(),
      /** The number of the forwarder of this stream. Messages of earlier releases have none. */
      shard: z.int().min(0).optional(),
    })
    .optional(),
  event: cloudEventSchema,
})
export type PublishedMessage = z.infer<typeof publishedMessageSchema>
