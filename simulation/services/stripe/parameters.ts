import { StripeRefusal, unreadable } from './errors.ts'
import type { Metadata } from './objects.ts'

/** Limits of https://docs.stripe.com/api/metadata and https://docs.stripe.com/api/idempotent_requests */
const MAX_METADATA_KEY = 40
const MAX_METADATA_VALUE = 500
const MAX_KEY = 255

const METADATA = /^metadata\[([^[\]]+)\]$/
const LIST_ITEM = /\[\d+\]$/

/** The parameters of a request, by name. Stripe refuses one that it does not know. */
export class Parameters {
  readonly #fields: URLSearchParams

  constructor(text: string, known: readonly string[]) {
    this.#fields = new URLSearchParams(text)
    for (const name of this.#fields.keys()) {
      const plain = METADATA.test(name) ? 'metadata' : name.replace(LIST_ITEM, '')
      if (!known.includes(plain))
        throw unreadable('parameter_unknown', name, `Received unknown parameter: ${name}`)
    }
  }

  text(name: string): string {
    const value = this.#fields.get(name)
    if (value) return value
    throw unreadable('parameter_missing', name, `Missing required param: ${name}.`)
  }

  /** A whole number above zero. */
  count(name: string): number {
    const text = this.text(name)
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
    throw unreadable('parameter_invalid_integer', name, `Invalid positive integer: ${text}`)
  }

  optional(name: string): string | null {
    return this.#fields.get(name)
  }

  /** How many items a page may have. */
  limit(): number {
    const text = this.optional('limit') ?? '10'
    const limit = Number(text)
    if (/^\d+$/.test(text) && limit >= 1 && limit <= 100) return limit
    throw unreadable('parameter_invalid_integer', 'limit', `Invalid limit: ${text}`)
  }

  metadata(): Metadata {
    const entries = [...this.#fields].flatMap(([name, value]) => {
      const key = METADATA.exec(name)?.[1]
      if (key === undefined) return []
      if (key.length > MAX_METADATA_KEY || value.length > MAX_METADATA_VALUE)
        throw unreadable('parameter_invalid', name, 'Metadata is too long.')
      return [[key, value] as const]
    })
    return Object.fromEntries(entries)
  }

  expands(path: string): boolean {
    return [...this.#fields].some(([name, value]) => name.startsWith('expand[') && value === path)
  }

  /** The same for the same parameters in another order. */
  fingerprint(): string {
    const sorted = new URLSearchParams(this.#fields)
    sorted.sort()
    return sorted.toString()
  }
}

/** The idempotency key of a request. */
export function idempotencyKey(headers: Readonly<Record<string, string>>): string | null {
  const key = headers['idempotency-key'] ?? null
  if (key !== null && key.length > MAX_KEY)
    throw new StripeRefusal(
      400,
      { type: 'invalid_request_error', message: 'Idempotency keys are up to 255 characters long.' },
      false,
    )
  return key
}
