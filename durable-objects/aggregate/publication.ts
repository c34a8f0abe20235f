import { type AnyAggregate, schemaVersion } from '../../shared/core/aggregate.ts'
import { batchesOf } from '../../shared/core/batches.ts'
import { type CloudEvent, cloudEventOf } from '../../shared/core/cloud-event.ts'
import type { Instant } from '../../shared/core/time.ts'
import {
  type Listing,
  type MessageText,
  messageText,
  type PublicationHead,
} from '../../shared/core/wire/queue-message.ts'
import { type SerializedEvent, serialized } from '../../shared/core/wire/serialized-event.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { AnyJournal } from './journal/journal.ts'
import { withoutPersonalData } from './journal/personal-data.ts'
import type { StoredEvent } from './journal/stored-rows.ts'

/** A message holds so many bytes of events and listing, below the 128 KB of a queue. */
const MAX_MESSAGE_BYTES = 100_000
/** Limits of one send to a queue: messages, and bytes with room for the queue's own overhead. */
const SEND_LIMITS = { count: 100, bytes: 240_000 } as const
/** The largest page that a forwarder reads of a log: it reads several at a time, and has 128 MB of memory. */
const MAX_PAGE_BYTES = 500_000

type Described = Pick<AnyAggregate, 'kind' | 'context' | 'errorEvents' | 'upcasters'>

/** What has a log, and the origin of the deployment's public address, by which its events name their source and schema. */
interface Published<Kind = AnyAggregate> {
  readonly aggregate: Kind
  readonly id: string
  readonly origin: string
}

/** An event of a log as it is read outside the object. */
export function toCloudEvent(
  { aggregate, id, origin }: Published<Described>,
  { version, time, type, data, trace }: StoredEvent,
): CloudEvent {
  const category = aggregate.errorEvents?.includes(type) ? 'error' : 'business'
  const { kind, context } = aggregate
  const stream = streamName(kind, id)
  const event = { type, schemaVersion: schemaVersion(aggregate, type), data }
  return cloudEventOf({ stream, origin, context, id, version, time, event, category, trace })
}

/** A stored event in the text that sinks get, without personal data: made here, and by nobody after. */
export function publishedEvent(published: Published, stored: StoredEvent): SerializedEvent {
  return serialized(toCloudEvent(published, withoutPersonalData(published.aggregate, stored)))
}

/** Stored events as sinks get them: one page of limited size, with at least one event if there is one. */
export function publishedPage(published: Published, stored: readonly StoredEvent[]): SerializedEvent[] {
  const page: SerializedEvent[] = []
  let bytes = 0
  for (const one of stored) {
    const event = publishedEvent(published, one)
    bytes += event.bytes
    if (page.length > 0 && bytes > MAX_PAGE_BYTES) break
    page.push(event)
  }
  return page
}

/** An aggregate's entry in lists, as JSON text; `null` where there is no aggregate, or its kind is not listed. */
export function presentListing(
  journal: AnyJournal,
): { version: number; updatedAt: Instant; listing: string } | null {
  const { aggregate } = journal
  const view = journal.view()
  if (!view || !aggregate.listing) return null
  const { state, ...facts } = view
  const { version, updatedAt } = facts
  return { version, updatedAt, listing: JSON.stringify(aggregate.listing(state, facts)) }
}

/** The messages that publish some events: as few as their size allows, the last of them with the listing if it fits. */
export function publicationsOf(
  head: PublicationHead,
  events: readonly SerializedEvent[],
  listing: Listing | undefined,
): MessageText[] {
  const limits = { count: Number.POSITIVE_INFINITY, bytes: MAX_MESSAGE_BYTES }
  const batches = batchesOf(events, ({ bytes }) => bytes, limits)
  const room = MAX_MESSAGE_BYTES - (batches.at(-1) ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
  const fitting = listing && Buffer.byteLength(listing.text) <= room ? listing : undefined
  return batches.map((batch, index) =>
    messageText(batch, head, index === batches.length - 1 ? fitting : undefined),
  )
}

/** Cuts messages into sends within the queue's limits. */
export function sendsOf(messages: readonly MessageText[]): MessageText[][] {
  return batchesOf(messages, ({ bytes }) => bytes, SEND_LIMITS)
}
