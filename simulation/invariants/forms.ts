import { schemaVersion } from '../../shared/core/aggregate.ts'
import { type CloudEvent, cloudEventOf } from '../../shared/core/cloud-event.ts'
import { streamName } from '../../shared/stream-names.ts'
import { PUBLIC_URL } from '../world.ts'
import type { Entry, Stream } from './streams.ts'

/** The aggregate's entry in lists at a version, by the product's own projection; `null` if its kind has none. */
export function listingAt(
  { aggregate, id, entries }: Stream,
  version: number,
): Readonly<Record<string, unknown>> | null {
  const entry = entries[version - 1]
  if (!entry || !aggregate.listing) return null
  const state = aggregate.abridged?.(entry.state) ?? entry.state
  const createdAt = entries[0]?.time ?? entry.time
  return { ...aggregate.listing(state, { id, version, createdAt, updatedAt: entry.time }) }
}

/** An event as sinks get it: in today's form, and without personal data. */
export function publishedForm({ aggregate, id }: Stream, { version, time, trace, event }: Entry): CloudEvent {
  const { type } = event
  return cloudEventOf({
    stream: streamName(aggregate.kind, id),
    origin: PUBLIC_URL,
    context: aggregate.context,
    id,
    version,
    time,
    event: {
      type,
      schemaVersion: schemaVersion(aggregate, type),
      data: (aggregate.personalData?.without(event) ?? event).data,
    },
    category: aggregate.errorEvents?.includes(type) ? 'error' : 'business',
    trace,
  })
}
