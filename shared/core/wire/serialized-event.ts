import { z } from 'zod'
import {
  type AnyCloudEvent,
  anyCloudEventSchema,
  type CloudEvent,
  eventCategories,
  eventVersion,
} from '../cloud-event.ts'
import { hasUnreadableText, readableJson, utf8Length } from '../text/text.ts'

/**
 * An event in the text that sinks get, with what is asked about it on the way. The text is made once, by whoever raises
 * the event; nobody on the way parses it or writes it anew.
 */
export interface SerializedEvent extends Readonly<Pick<CloudEvent, 'id' | 'type' | 'time' | 'partitionkey'>> {
  /** The version that the CloudEvent's `sequence` names; missing for an event that belongs to no log. */
  readonly sequence?: number | undefined
  /** The CloudEvent in JSON, as `readableJson` writes it: one line. */
  readonly text: string
  /** Of the text in UTF-8. */
  readonly bytes: number
}

/** An event with its text. */
export function serialized(event: AnyCloudEvent): SerializedEvent {
  return withText(event, readableJson(event))
}

/**
 * The event in a JSON text from elsewhere, of this release or an earlier one. The text stays as it is, unless it has
 * unknown fields, which are left out, or escapes that strict readers refuse.
 *
 * @throws SyntaxError or ZodError for anything but an event
 */
export function readSerialized(text: string): SerializedEvent {
  const value: unknown = JSON.parse(text)
  if (!isCloudEvent(value)) return serialized(anyCloudEventSchema.parse(value))
  return hasUnreadableText(text) ? serialized(value) : withText(value, text)
}

function withText(event: AnyCloudEvent, text: string): SerializedEvent {
  const { id, type, time, partitionkey } = event
  return { id, type, time, partitionkey, sequence: eventVersion(event), text, bytes: utf8Length(text) }
}

// Workers forbid code generation, without which zod takes several times as long as JSON.parse. So valid events are
// recognized by hand; only the others go to zod, which reports the reason or strips unknown fields.

const fields = new Set(Object.keys(anyCloudEventSchema.shape))
const categories = new Set<unknown>(eventCategories)
/** The pattern of `instantSchema`. */
const instant = z.regexes.datetime({ precision: 3, offset: false })

/** The event in a value, of this release or an earlier one. @throws ZodError for anything else */
export function parseCloudEvent(value: unknown): AnyCloudEvent {
  return isCloudEvent(value) ? value : anyCloudEventSchema.parse(value)
}

/** Whether the schema would return a value unchanged. It may be narrower than the schema, never wider. */
export function isCloudEvent(value: unknown): value is AnyCloudEvent {
  return (
    isRecord(value) &&
    hasOnly(value, fields) &&
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
    (value.sequence === undefined || isSequence(value.sequence)) &&
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

/** The pattern of `cloudEventSchema`. */
const padded = /^[0-9]{10}$/

function isSequence(value: unknown): boolean {
  if (typeof value === 'string') return padded.test(value) && Number(value) >= 1
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
}
