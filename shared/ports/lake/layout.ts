import { type AnyCloudEvent, eventVersion } from '../../core/cloud-event.ts'
import { compareTexts } from '../../core/text/text.ts'

/** What the store is told of an object: gzipped lines of JSON. */
export const HTTP_METADATA = { contentType: 'application/x-ndjson', contentEncoding: 'gzip' } as const

/** The part of an object store that writes the lake; an R2 bucket has it. */
export interface LakeBucket {
  put(
    key: string,
    value: Uint8Array,
    options: { httpMetadata: { contentType: string; contentEncoding: string } },
  ): Promise<unknown>
}

/** What the sink writes, until compaction has rewritten it. */
export const INGEST = 'ingest/'

/** Only these types become a path; any other could leave its folder. */
const EVENT_TYPE = /^([a-z][a-z0-9_]*)\.[A-Za-z][A-Za-z0-9]*$/
const INGEST_KEY = /^ingest\/dt=(\d{4}-\d\d-\d\d)\/hour=([01]\d|2[0-3])\/[^/]+\.ndjson\.gz$/

type Placed = Pick<AnyCloudEvent, 'type' | 'time'>

/** The folder in which the sink writes an event, by its own hour (UTC); `null` for a type that is not `<context>.<EventName>`. */
export function ingestFolderOf({ type, time }: Placed): string | null {
  return EVENT_TYPE.test(type) ? `${INGEST}${hourFolder(time)}` : null
}

/** The folder in which compaction writes an event; `null` for a type that is not `<context>.<EventName>`. */
export function partitionOf({ type, time }: Placed): string | null {
  const [, context] = EVENT_TYPE.exec(type) ?? []
  return context === undefined ? null : `context=${context}/${hourFolder(time)}`
}

/** When the hour of an object that the sink has written begins (Unix ms); `null` for any other key. */
export function hourOfIngest(key: string): number | null {
  const [, day, hour] = INGEST_KEY.exec(key) ?? []
  const begins = Date.parse(`${day}T${hour}:00:00.000Z`)
  return Number.isNaN(begins) ? null : begins
}

/** The name of an object that has these events: it depends on nothing but their ids. */
export async function objectName(ids: Iterable<string>): Promise<string> {
  const text = JSON.stringify([...new Set(ids)].sort())
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 32)}.ndjson.gz`
}

type Ordered = Pick<AnyCloudEvent, 'id' | 'time' | 'partitionkey' | 'sequence'>

/** The order of events by time, and of one aggregate's events by version. */
export function asTheyHappened(a: Ordered, b: Ordered): number {
  return (
    compareTexts(a.time, b.time) ||
    compareTexts(a.partitionkey, b.partitionkey) ||
    (eventVersion(a) ?? 0) - (eventVersion(b) ?? 0) ||
    compareTexts(a.id, b.id)
  )
}

export async function gzip(text: string): Promise<Uint8Array> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(compressed).arrayBuffer())
}

/** @throws TypeError when the bytes are not gzipped UTF-8 */
export async function gunzip(bytes: ArrayBuffer): Promise<string> {
  const text = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'))
  // What is not UTF-8 must not be replaced: it is written again.
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    await new Response(text).arrayBuffer(),
  )
}

/** The folder of the hour of a time (UTC), below `ingest/` or a context. */
export function hourFolder(time: string): string {
  return `dt=${time.slice(0, 10)}/hour=${time.slice(11, 13)}/`
}
