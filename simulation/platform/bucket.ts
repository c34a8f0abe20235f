import { currentContext } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Remote } from './remote.ts'

interface StoredBlob {
  readonly bytes: Uint8Array
  readonly uploadedAt: number
  readonly httpMetadata: Record<string, unknown>
  readonly customMetadata: Record<string, string>
}

interface PutOptions {
  readonly httpMetadata?: Record<string, unknown>
  readonly customMetadata?: Record<string, string>
}

interface ListOptions {
  readonly prefix?: string
  readonly limit?: number
  readonly cursor?: string
  readonly delimiter?: string
  readonly startAfter?: string
}

/** How often a page has fewer objects than were asked for, though there are more. */
const SHORT_SHARE = 0.3

/** A bucket: R2 as the product uses it. */
export class SimulatedR2 {
  readonly #remote: Remote
  readonly #now: () => number
  readonly #objects = new Map<string, StoredBlob>()
  /** Called with each new object and who stored it; what it returns is called when the answer has reached them. */
  onPut: (key: string, text: string, by: string, sentAt: number) => (() => void) | null = () => null

  readonly #shortens: Random | null

  /** @param shortens decides which pages are shorter than asked for; `null`: none, as in a local bucket */
  constructor(remote: Remote, now: () => number, shortens: Random | null) {
    this.#remote = remote
    this.#now = now
    this.#shortens = shortens
  }

  /** All objects by key. */
  texts(): { key: string; text: string }[] {
    return [...this.#keys()].map((key) => ({ key, text: this.#textOf(key) }))
  }

  get binding() {
    return {
      put: async (key: string, value: unknown, options: PutOptions = {}) => {
        refuseLongKey('put', key)
        const bytes = await bytesOf(value)
        const by = currentContext().name
        const sentAt = this.#now()
        let answered: (() => void) | null = null
        return this.#remote.call(
          `bucket put ${key}`,
          () => {
            const isNew = !this.#objects.has(key)
            this.#objects.set(key, {
              bytes,
              uploadedAt: this.#now(),
              httpMetadata: { ...options.httpMetadata },
              customMetadata: { ...options.customMetadata },
            })
            if (isNew) answered = this.onPut(key, this.#textOf(key), by, sentAt)
            return this.#head(key)
          },
          { answered: () => answered?.() },
        )
      },
      get: async (key: string) => {
        refuseLongKey('get', key)
        return this.#remote.call(`bucket get ${key}`, () => this.#body(key))
      },
      head: async (key: string) => {
        refuseLongKey('head', key)
        return this.#remote.call(`bucket head ${key}`, () => this.#head(key))
      },
      delete: (keys: string | readonly string[]) =>
        this.#remote.call('bucket delete', () => {
          for (const key of typeof keys === 'string' ? [keys] : keys) this.#objects.delete(key)
        }),
      list: (options: ListOptions = {}) => this.#remote.call('bucket list', () => this.#list(options)),
    }
  }

  #keys(): string[] {
    return [...this.#objects.keys()].sort(byBytes)
  }

  #head(key: string) {
    const stored = this.#objects.get(key)
    if (!stored) return null
    const { bytes, uploadedAt, httpMetadata, customMetadata } = stored
    return { key, size: bytes.byteLength, uploaded: new Date(uploadedAt), httpMetadata, customMetadata }
  }

  #body(key: string) {
    const head = this.#head(key)
    const bytes = this.#objects.get(key)?.bytes
    if (!head || !bytes) return null
    const response = new Response(Uint8Array.from(bytes))
    return {
      ...head,
      get body() {
        return response.body
      },
      get bodyUsed() {
        return response.bodyUsed
      },
      text: () => response.text(),
      json: () => response.json(),
      arrayBuffer: () => response.arrayBuffer(),
    }
  }

  #textOf(key: string): string {
    const stored = this.#objects.get(key)
    if (!stored) throw new RangeError(`there is no object ${key}`)
    return Buffer.from(stored.bytes).toString()
  }

  #list({ prefix = '', limit: asked = 1_000, cursor, delimiter, startAfter = '' }: ListOptions) {
    const limit = this.#shortens?.chance(SHORT_SHARE) ? this.#shortens.between(1, Math.min(asked, 3)) : asked
    const after = cursor ?? startAfter
    const objects: ReturnType<SimulatedR2['head_']>[] = []
    const delimitedPrefixes = new Set<string>()
    let last = ''
    let truncated = false
    for (const key of this.#keys()) {
      if (!key.startsWith(prefix) || (after !== '' && byBytes(key, after) <= 0)) continue
      const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length)
      const folder = delimiter === undefined || end < 0 ? null : key.slice(0, end + delimiter.length)
      if (folder !== null && delimitedPrefixes.has(folder)) {
        last = key
        continue
      }
      if (objects.length + delimitedPrefixes.size === limit) {
        truncated = true
        break
      }
      last = key
      if (folder === null) objects.push(this.head_(key))
      else delimitedPrefixes.add(folder)
    }
    const page = { objects, delimitedPrefixes: [...delimitedPrefixes] }
    return truncated
      ? { ...page, truncated: true as const, cursor: last }
      : { ...page, truncated: false as const }
  }

  private head_(key: string) {
    const head = this.#head(key)
    if (!head) throw new RangeError(`there is no object ${key}`)
    return head
  }
}

async function bytesOf(value: unknown): Promise<Uint8Array> {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  if (value instanceof ReadableStream) return new Uint8Array(await new Response(value).arrayBuffer())
  throw new TypeError('the bucket stores text and bytes')
}

const MAX_KEY_BYTES = 1_024

function refuseLongKey(operation: string, key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new Error(`${operation}: The specified object name is not valid. (10020)`)
}

/** The order of keys: that of UTF-8, in which what lies beyond U+FFFF comes last. */
function byBytes(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length)
  for (let index = 0; index < shorter; index += 1) {
    const difference = rank(one.charCodeAt(index)) - rank(other.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
