import { z } from 'zod'
import {
  type CloudEvent,
  cloudEventSchema,
  eventCategories,
  type Publication,
  type PublishedMessage,
  publicationSchema,
  publishedMessageSchema,
  type QueueMessage,
} from './cloud-event.ts'

// Every event is validated four times on its way to a sink. Workers forbid code generation, without which zod takes
// several times as long as JSON.parse. So valid values are recognized by hand; only the others go to zod, which
// reports the reason or strips unknown fields.

const eventFields = new Set(Object.keys(cloudEventSchema.shape))
const publicationFields = new Set(Object.keys(publicationSchema.shape))
const messageFields = new Set(Object.keys(publishedMessageSchema.shape))
const streamFields = new Set(['kind', 'id', 'version', 'confirmed', 'shard'])
const identityFields = new Set(['kind', 'id'])
const listingFields = new Set(['version', 'text'])
const categories = new Set<unknown>(eventCategories)
/** The pattern of `instantSchema`. */
const instant = z.regexes.datetime({ precision: 3, offset: false })

/** The event in a JSON text. @throws SyntaxError or ZodError for anything else */
export function readCloudEvent(text: string): CloudEvent {
  const value: unknown = JSON.parse(text)
  return isCloudEvent(value) ? value : cloudEventSchema.parse(value)
}

/** The result of `publicationSchema`, or of `publishedMessageSchema`, for the body of a message. */
export function readQueueMessage(body: unknown): z.ZodSafeParseResult<QueueMessage> {
  if (typeof body === 'object' && body !== null && 'events' in body)
    return isPublication(body) ? { success: true, data: body } : publicationSchema.safeParse(body)
  return isPublishedMessage(body) ? { success: true, data: body } : publishedMessageSchema.safeParse(body)
}

/** The message in a value. @throws ZodError for anything else */
export function parsePublishedMessage(value: unknown): PublishedMessage {
  return isPublishedMessage(value) ? value : publishedMessageSchema.parse(value)
}

// Each of these says whether its schema would return a value unchanged. It may be narrower than the schema, never wider.

function isPublication(value: unknown): value is Publication {
  return (
    isRecord(value) &&
    hasOnly(value, publicationFields) &&
    isRecord(value.stream) &&
    hasOnly(value.stream, identityFields) &&
    isText(value.stream.kind) &&
    isText(value.stream.id) &&
    isWhole(value.confirmed, 0) &&
    (value.shard === undefined || isWhole(value.shard, 0)) &&
    Array.isArray(value.events) &&
    value.events.length > 0 &&
    value.events.every((event) => isCloudEvent(event) && event.sequence !== undefined) &&
    (value.listing === undefined || isListing(value.listing))
  )
}

function isListing(value: unknown): boolean {
  return isRecord(value) && hasOnly(value, listingFields) && isWhole(value.version, 1) && isText(value.text)
}

function isPublishedMessage(value: unknown): value is PublishedMessage {
  return (
    isRecord(value) &&
    hasOnly(value, messageFields) &&
    isCloudEvent(value.event) &&
    (value.stream === undefined || isPosition(value.stream))
  )
}

function isPosition(value: unknown): boolean {
  return (
    isRecord(value) &&
    hasOnly(value, streamFields) &&
    isText(value.kind) &&
    isText(value.id) &&
    isWhole(value.version, 1) &&
    (value.confirmed === undefined || isWhole(value.confirmed, 0)) &&
    (value.shard === undefined || isWhole(value.shard, 0))
  )
}

function isCloudEvent(value: unknown): value is CloudEvent {
  return (
    isRecord(value) &&
    hasOnly(value, eventFields) &&
    value.specversion === '1.0' &&
    isText(value.id) &&
    isText(value.source) &&
    isText(value.type) &&
    isText(value.subject) &&
    isText(value.time) &&
    instant.test(value.time) &&
    value.datacontenttype === 'application/json' &&
    isText(value.dataschema) &&
    categories.has(value.category) &&
    isText(value.partitionkey) &&
    (value.sequence === undefined || isWhole(value.sequence, 1)) &&
    isText(value.correlationid) &&
    (value.causationid === undefined || isText(value.causationid)) &&
    (value.traceparent === undefined || isText(value.traceparent)) &&
    (value.tracestate === undefined || isText(value.tracestate)) &&
    'data' in value
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function hasOnly(value: Record<string, unknown>, fields: ReadonlySet<string>): boolean {
  for (const field in value) if (!fields.has(field)) return false
  return true
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isWhole(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
