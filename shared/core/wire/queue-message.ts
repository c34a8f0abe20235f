import { z } from 'zod'
import type { CloudEvent } from '../cloud-event.ts'
import { type Stream, streamSchema } from '../projection.ts'
import { utf8Length } from '../text/text.ts'
import { readPublicationMessage, readSingleMessage, type SingleMessage } from './earlier-messages.ts'
import { readSerialized, type SerializedEvent, serialized } from './serialized-event.ts'

// A message of the queue of events is text, so that the text of an event travels as it is, without being quoted in
// another: a line of JSON about the whole message, the aggregate's listing if it has one, and then one line for each
// event. Messages of earlier releases are JSON values.

/** The form of messages that are text. */
const FORM = 2

const headSchema = z.object({
  form: z.literal(FORM),
  /** Missing where the events belong to no log. */
  stream: streamSchema.optional(),
  /** The number of the forwarder of this stream. */
  shard: z.int().min(0).optional(),
  /** When this was sent, a forwarder had recorded all versions up to this one. */
  confirmed: z.int().min(0).optional(),
  /** The version of the listing, which is the next line. */
  listing: z.int().min(1).optional(),
})

/** An aggregate's entry in lists, as JSON text, at a version. */
export interface Listing {
  readonly version: number
  readonly text: string
}

/** What the events of a publication have in common. */
export interface PublicationHead {
  readonly stream: Stream
  readonly shard?: number | undefined
  readonly confirmed: number
}

/** An event on its way to a forwarder: with the stream to forward and confirm it by, if it belongs to a log. */
export interface PublishedEvent {
  readonly stream?:
    | (Stream & {
        readonly version: number
        readonly confirmed?: number | undefined
        /** Messages of earlier releases have none. */
        readonly shard?: number | undefined
      })
    | undefined
  readonly event: SerializedEvent
}

/** What a message brings. */
export interface QueueMessage {
  /** The aggregate that has changed; missing where the events belong to no log. */
  readonly stream?: Stream
  /** Missing where its kind is in no list, or where it is too large to travel. */
  readonly listing?: Listing
  /** In the order of their versions. */
  readonly events: readonly PublishedEvent[]
}

/** The text of a message, and its length in UTF-8. */
export interface MessageText {
  readonly text: string
  readonly bytes: number
}

/** The message of events of one aggregate, or (without a head) of no log. */
export function messageText(
  events: readonly SerializedEvent[],
  head?: PublicationHead,
  listing?: Listing,
): MessageText {
  const about = JSON.stringify({ form: FORM, ...head, ...(listing && { listing: listing.version }) })
  const before = listing ? [about, listing.text] : [about]
  const lengths = [...before.map((line) => utf8Length(line)), ...events.map(({ bytes }) => bytes)]
  return {
    text: [...before, ...events.map(({ text }) => text)].join('\n'),
    // A line break stands between two lines.
    bytes: lengths.reduce((sum, length) => sum + length + 1, -1),
  }
}

/** A message as it is sent again. */
export function textOf({ stream, events, listing }: QueueMessage): string {
  const { shard, confirmed = 0 } = events[0]?.stream ?? {}
  return messageText(
    events.map(({ event }) => event),
    stream && { stream, shard, confirmed },
    listing,
  ).text
}

/** The message of an event that belongs to no log. */
export function unsequencedMessage(event: CloudEvent): string {
  return messageText([serialized(event)]).text
}

/** A message, or which parts of its body are invalid, without their values. */
export type MessageRead =
  | { readonly success: true; readonly message: QueueMessage }
  | { readonly success: false; readonly reason: string }

/** Reads and checks the body of a message, of this release or an earlier one. */
export function readQueueMessage(body: unknown): MessageRead {
  try {
    return { success: true, message: typeof body === 'string' ? readText(body) : readValue(body) }
  } catch (fault) {
    if (fault instanceof InvalidMessage) return { success: false, reason: fault.message }
    if (fault instanceof z.ZodError) return { success: false, reason: reasonOf(fault) }
    throw fault
  }
}

/** Which parts of a value are invalid, without their values. */
export function reasonOf(error: z.ZodError, place: readonly (string | number)[] = []): string {
  return error.issues
    .map(({ path, code }) => `${[...place, ...path].join('.') || 'body'}: ${code}`)
    .join('; ')
}

/**
 * An event as a consumer gives it to a forwarder. One of the release before, during a deployment, gives the whole event.
 *
 * @throws ZodError for anything else
 */
export function publishedEventOf(given: PublishedEvent | SingleMessage): PublishedEvent {
  if (isPublishedEvent(given)) return given
  const { stream, event } = readSingleMessage(given)
  return { stream, event: serialized(event) }
}

function isPublishedEvent(given: PublishedEvent | SingleMessage): given is PublishedEvent {
  return 'text' in given.event
}

/** A body without its listing, if it has one. */
export function withoutListing(body: unknown): unknown {
  if (typeof body === 'string') {
    const [about = '', , ...events] = body.split('\n')
    const head = headSchema.safeParse(jsonIn(about)).data
    if (head?.listing === undefined) return body
    const { listing: _, ...rest } = head
    return [JSON.stringify(rest), ...events].join('\n')
  }
  if (typeof body !== 'object' || body === null || !('listing' in body)) return body
  const { listing: _, ...rest } = body
  return rest
}

/** Says which part of a message is invalid. */
class InvalidMessage extends Error {}

/** @throws InvalidMessage or ZodError */
function readText(body: string): QueueMessage {
  const [about = '', ...lines] = body.split('\n')
  const { stream, shard, confirmed, listing: version } = headSchema.parse(jsonIn(about))
  const text = version === undefined ? undefined : lines.shift()
  if (lines.length === 0) throw new InvalidMessage('events: too_small')
  const events = lines.map((line, index): PublishedEvent => {
    const event = eventIn(line, index)
    if (!stream) return { event }
    const { sequence } = event
    if (sequence === undefined) throw new InvalidMessage(`events.${index}.sequence: invalid_type`)
    return { stream: { ...stream, version: sequence, confirmed, shard }, event }
  })
  return {
    events,
    ...(stream && { stream }),
    ...(version !== undefined && text !== undefined && { listing: { version, text } }),
  }
}

function eventIn(line: string, index: number): SerializedEvent {
  try {
    return readSerialized(line)
  } catch (fault) {
    const place = ['events', index]
    // What a SyntaxError says may quote the event.
    const reason = fault instanceof z.ZodError ? reasonOf(fault, place) : `${place.join('.')}: invalid_json`
    throw new InvalidMessage(reason)
  }
}

/** The value of a JSON text; `undefined` for anything else. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a message of an earlier release. @throws ZodError */
function readValue(body: unknown): QueueMessage {
  if (typeof body === 'object' && body !== null && 'events' in body) {
    const { stream, shard, confirmed, events, listing } = readPublicationMessage(body)
    return {
      stream,
      ...(listing && { listing }),
      events: events.map((event) => ({
        stream: { ...stream, version: Number(event.sequence), confirmed, shard },
        event: serialized(event),
      })),
    }
  }
  const { stream, event } = readSingleMessage(body)
  return {
    ...(stream && { stream: { kind: stream.kind, id: stream.id } }),
    events: [{ ...(stream && { stream }), event: serialized(event) }],
  }
}
