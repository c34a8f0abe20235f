import { z } from 'zod'
import { streamSchema } from './projection.ts'
import { instantSchema } from './time.ts'

export const eventCategories = ['business', 'system', 'error'] as const
export type EventCategory = (typeof eventCategories)[number]

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
  sequence: z.int().min(1).optional(),
  correlationid: z.string(),
  causationid: z.string().optional(),
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  data: z.unknown(),
})
export type CloudEvent = z.infer<typeof cloudEventSchema>

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
}: Pick<Occurrence, 'context' | 'time' | 'category' | 'trace'> & {
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
    sequence: version,
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

function envelope({ context, schemaVersion = 1, subject, time, category, trace, ...event }: Occurrence) {
  const type = `${context}.${event.type}`
  return {
    specversion: '1.0',
    source: `/petrel/${context}`,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    dataschema: `/schemas/${type}.v${schemaVersion}.json`,
    category,
    correlationid: trace.correlationId,
    ...(trace.causationId && { causationid: trace.causationId }),
    ...(trace.traceparent && { traceparent: trace.traceparent }),
    ...(trace.tracestate && { tracestate: trace.tracestate }),
  } as const
}

/** An event on its way to a forwarder: with the stream to forward and confirm it by, if it belongs to a log. */
export const publishedMessageSchema = z.object({
  stream: z
    .object({
      kind: z.string(),
      id: z.string(),
      version: z.int().min(1),
      /** When this was sent, a forwarder had recorded all versions up to this one. */
      confirmed: z.int().min(0).optional(),
      /** The number of the forwarder of this stream. Messages of earlier releases have none. */
      shard: z.int().min(0).optional(),
    })
    .optional(),
  event: cloudEventSchema,
})
export type PublishedMessage = z.infer<typeof publishedMessageSchema>

/**
 * What the queue carries of an aggregate: events that were published together, in their order, and the aggregate's
 * entry in lists. Each is confirmed by its version, which is its `sequence`.
 */
export const publicationSchema = z.object({
  stream: streamSchema,
  /** The number of the forwarder of this stream. */
  shard: z.int().min(0).optional(),
  /** When this was sent, a forwarder had recorded all versions up to this one. */
  confirmed: z.int().min(0),
  events: z.array(cloudEventSchema.required({ sequence: true })).min(1),
  /** Missing where its kind is in no list, or where it is too large to travel. */
  listing: z.object({ version: z.int().min(1), text: z.string() }).optional(),
})
export type Publication = z.infer<typeof publicationSchema>

/** A message of the queue of events. Those of one event are unsequenced, or of an earlier release. */
export type QueueMessage = Publication | PublishedMessage

/** The events of a message, each as its forwarder gets it. */
export function eventsIn(message: QueueMessage): PublishedMessage[] {
  if (!('events' in message)) return [message]
  const { stream, shard, confirmed, events } = message
  return events.map((event) => ({ stream: { ...stream, version: event.sequence, confirmed, shard }, event }))
}
