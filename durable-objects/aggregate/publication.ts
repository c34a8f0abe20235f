import { type AnyAggregate, schemaVersion } from '../../shared/core/aggregate.ts'
import { batchesOf } from '../../shared/core/batches.ts'
import { type CloudEvent, cloudEventOf, type Publication } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import type { Instant } from '../../shared/core/time.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { AnyJournal } from './journal/journal.ts'
import { withoutPersonalData } from './journal/personal-data.ts'
import type { StoredEvent } from './journal/stored-rows.ts'

/** A message holds so many bytes of events and listing, below the 128 KB of a queue. */
const MAX_MESSAGE_BYTES = 100_000
/** Limits of one send to a queue: messages, and bytes with room for the queue's own overhead. */
const SEND_LIMITS = { count: 100, bytes: 240_000 } as const
/** The largest page that a forwarder reads of a log: it reads several at a time, and has 128 MB of memory. */
const MAX_PAGE_CHARACTERS = 500_000

type Described = Pick<AnyAggregate, 'kind' | 'context' | 'errorEvents' | 'upcasters'>

/** An event of a log as it is read outside the object: history, queue, replay. */
export function toCloudEvent(
  aggregate: Described,
  id: string,
  { version, time, type, data, trace }: StoredEvent,
): CloudEvent & { sequence: number } {
  const category = aggregate.errorEvents?.includes(type) ? 'error' : 'business'
  const { kind, context } = aggregate
  const stream = streamName(kind, id)
  const event = { type, schemaVersion: schemaVersion(aggregate, type), data }
  return {
    ...cloudEventOf({ stream, context, id, version, time, event, category, trace }),
    sequence: version,
  }
}

/** Stored events as sinks get them: one page of limited size, with at least one event if there is one. */
export function publishedPage(aggregate: AnyAggregate, id: string, stored: readonly StoredEvent[]): string[] {
  const page: string[] = []
  let length = 0
  for (const one of stored) {
    const text = JSON.stringify(toCloudEvent(aggregate, id, withoutPersonalData(aggregate, one)))
    length += text.length
    if (page.length > 0 && length > MAX_PAGE_CHARACTERS) break
    page.push(text)
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
  envelope: { stream: Stream; shard: number | undefined; confirmed: number },
  events: readonly Publication['events'][number][],
  listing: Publication['listing'],
): Publication[] {
  const limits = { count: Number.POSITIVE_INFINITY, bytes: MAX_MESSAGE_BYTES }
  const messages = batchesOf(events, bytesOf, limits).map(
    (batch): Publication => ({ ...envelope, events: batch }),
  )
  const last = messages.at(-1)
  if (last && listing && bytesOf(last) + bytesOf(listing) <= MAX_MESSAGE_BYTES) last.listing = listing
  return messages
}

/** Cuts messages into sends within the queue's limits. */
export function sendsOf(messages: readonly Publication[]): Publication[][] {
  return batchesOf(messages, bytesOf, SEND_LIMITS)
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
