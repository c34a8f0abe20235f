import { gunzipSync, gzipSync } from 'node:zlib'
import { type AnyCloudEvent, type CloudEvent, cloudEventOf } from '../../core/cloud-event.ts'
import type { CompactedBucket } from './compaction.ts'

export const ORDER = 'ord_01939a2e-0000-7000-8000-000000000001'

/** Version `version` of an order. */
export function orderEvent(
  version: number,
  {
    type = 'OrderCreated',
    time = '2026-03-01T23:59:59.999Z',
    context = 'order',
    note = 'line\nbreak',
    schemaVersion = 1,
  } = {},
): CloudEvent {
  return cloudEventOf({
    origin: 'https://shop.example',
    stream: ORDER,
    context,
    id: ORDER,
    version,
    time,
    event: { type, schemaVersion, data: { note } },
    category: 'business',
    trace: { correlationId: 'test' },
  })
}

type Operation = 'put' | 'get' | 'list' | 'delete'

/** A bucket in memory that lists in pages, some of them short. Calls for which `broken` holds fail. */
export class MemoryBucket implements CompactedBucket {
  readonly objects = new Map<string, { bytes: Uint8Array; contentType: string; contentEncoding: string }>()
  readonly calls: { operation: Operation; key: string }[] = []
  broken: (operation: Operation, key: string) => boolean = () => false
  pageSize = 1_000

  async put(
    key: string,
    bytes: Uint8Array,
    { httpMetadata }: { httpMetadata: { contentType: string; contentEncoding: string } },
  ): Promise<void> {
    this.#call('put', key)
    this.objects.set(key, { bytes, ...httpMetadata })
  }

  async get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null> {
    this.#call('get', key)
    const bytes = this.objects.get(key)?.bytes
    return bytes ? { arrayBuffer: async () => Uint8Array.from(bytes).buffer } : null
  }

  async list({ prefix, cursor = '' }: { prefix: string; cursor?: string }) {
    this.#call('list', prefix)
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort()
    const objects = keys.slice(0, this.pageSize).map((key) => ({ key }))
    return keys.length > objects.length
      ? { objects, truncated: true, cursor: objects.at(-1)?.key ?? '' }
      : { objects, truncated: false }
  }

  async delete(keys: string[]): Promise<void> {
    this.#call('delete', keys.join(' '))
    if (keys.length > 1_000) throw new RangeError('a call deletes at most 1,000 objects')
    for (const key of keys) this.objects.delete(key)
  }

  /** Stores events as an object. */
  store(key: string, events: readonly AnyCloudEvent[]): void {
    const bytes = gzipSync(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    this.objects.set(key, { bytes, contentType: 'application/x-ndjson', contentEncoding: 'gzip' })
  }

  keys(prefix = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  lines(key: string): string[] {
    const bytes = this.objects.get(key)?.bytes
    if (!bytes) throw new RangeError(`there is no object ${key}`)
    return gunzipSync(bytes).toString('utf8').trimEnd().split('\n')
  }

  /** The ids of the events under a prefix, as often as they stand there. */
  ids(prefix = ''): string[] {
    return this.keys(prefix).flatMap((key) => this.lines(key).map((line) => String(JSON.parse(line).id)))
  }

  #call(operation: Operation, key: string): void {
    this.calls.push({ operation, key })
    if (this.broken(operation, key)) throw new TypeError('the network is down')
  }
}
