import type { CloudEvent } from '../../core/cloud-event.ts'
import { mapBounded } from '../../core/concurrency.ts'
import { faultText, readableJson } from '../../core/text/text.ts'
import type { EventSink, SinkOutcome } from '../event-sink.ts'

/** The part of an object store that the lake needs; an R2 bucket has it. */
export interface LakeBucket {
  put(
    key: string,
    value: Uint8Array,
    options: { httpMetadata: { contentType: string; contentEncoding: string } },
  ): Promise<unknown>
}

/** A Worker has six connections. */
const WRITE_CONCURRENCY = 6
/** Fits into memory while it is compressed; fewer and larger objects are cheaper to read. */
const LIMITS = { events: 1_000, bytes: 4 * 1024 * 1024 } as const
/** Only these types become a path; any other could leave its folder. */
const EVENT_TYPE = /^([a-z][a-z0-9_]*)\.([A-Za-z][A-Za-z0-9]*)$/

/**
 * The lake: gzipped NDJSON, one CloudEvent per line, under
 * `context=<context>/type=<EventName>/dt=<YYYY-MM-DD>/hour=<HH>/` by the event's own time (UTC).
 * An object is named by the ids in it, so a batch that is delivered again overwrites itself. A
 * partition that cannot be written makes only its own events retry.
 */
export class LakeSink implements EventSink {
  readonly name: string
  readonly limits = LIMITS
  readonly #bucket: LakeBucket
  readonly #folder: string

  /** `folder` is a prefix of every key; it ends with a slash or is empty. */
  constructor(bucket: LakeBucket, folder = '') {
    this.#bucket = bucket
    this.#folder = folder
    this.name = folder === '' ? 'lake' : `lake:${folder}`
  }

  async deliver(events: readonly CloudEvent[]): Promise<SinkOutcome[]> {
    const written = await mapBounded(
      [...Map.groupBy(events, partitionOf)],
      WRITE_CONCURRENCY,
      async ([partition, members]) =>
        [partition, partition === null ? null : await this.#write(partition, members)] as const,
    )
    const outcomes = new Map(written)
    return events.map(
      (event) =>
        outcomes.get(partitionOf(event)) ?? {
          delivered: false,
          kind: 'refused',
          error: `the type ${event.type} has no partition`,
        },
    )
  }

  async #write(partition: string, members: readonly CloudEvent[]): Promise<SinkOutcome> {
    try {
      const { name, events } = await lakeObject(members)
      await this.#bucket.put(`${this.#folder}${partition}${name}`, await gzip(lakeText(events)), {
        httpMetadata: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
      })
      return { delivered: true }
    } catch (thrown) {
      return { delivered: false, kind: 'retry', error: faultText(thrown) }
    }
  }
}

/** The folder of an event, with a slash at its end; `null` for a type that is not `<context>.<EventName>`. */
export function partitionOf(event: CloudEvent): string | null {
  const [, context, name] = EVENT_TYPE.exec(event.type) ?? []
  if (context === undefined || name === undefined) return null
  const [day, time] = new Date(event.time).toISOString().split('T')
  return `context=${context}/type=${name}/dt=${day}/hour=${time?.slice(0, 2)}/`
}

/** The events of one object, each once, ordered by time; and the object's name. */
export async function lakeObject(
  members: readonly CloudEvent[],
): Promise<{ name: string; events: CloudEvent[] }> {
  const byId = new Map(members.map((event) => [event.id, event]))
  const ids = [...byId.keys()].sort()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(ids)))
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { name: `${hex.slice(0, 32)}.ndjson.gz`, events: [...byId.values()].sort(asTheyHappened) }
}

function asTheyHappened(a: CloudEvent, b: CloudEvent): number {
  return (
    compare(a.time, b.time) ||
    compare(a.partitionkey, b.partitionkey) ||
    (a.sequence ?? 0) - (b.sequence ?? 0) ||
    compare(a.id, b.id)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Events as NDJSON. */
export function lakeText(events: readonly CloudEvent[]): string {
  return events.map((event) => `${readableJson(event)}\n`).join('')
}

async function gzip(text: string): Promise<Uint8Array> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(compressed).arrayBuffer())
}
