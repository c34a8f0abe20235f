import { invalidHeader } from '../problems.ts'
import { OWS, QUOTED_STRING, TOKEN, unquoted } from './grammar.ts'

/** The key is stored with each command. */
const MAX_KEY_LENGTH = 255
/** The upper limit of `Prefer: wait`. */
const MAX_WAIT_SECONDS = 30
/** RFC 9110, section 5.5: new fields should be limited to ASCII; other octets have no defined encoding. */
const PRINTABLE = /^[\x20-\x7e]+$/
const REQUEST_ID = /^[\w.:/+=@~-]{1,128}$/
/** RFC 7240, section 2: a preference or one of its parameters. */
const PREFERENCE = new RegExp(`(${TOKEN})(?:${OWS}=${OWS}(${TOKEN}|${QUOTED_STRING}))?`, 'g')

/**
 * The idempotency key of a request.
 *
 * @throws Problem `invalid_header` for a key that is empty, too long, or not of printable ASCII characters
 */
export function idempotencyKey(field: string | undefined): string | undefined {
  if (field === undefined) return undefined
  const key = field.trim()
  if (!isPrintable(key) || key.length > MAX_KEY_LENGTH)
    throw invalidHeader(
      'Idempotency-Key',
      `An Idempotency-Key has 1 to ${MAX_KEY_LENGTH} printable ASCII characters.`,
    )
  return key
}

/** Whether a header holds nothing but printable ASCII characters. */
export function isPrintable(field: string): boolean {
  return PRINTABLE.test(field)
}

/** The client's own request id; `undefined` if malformed. */
export function requestIdOf(field: string | undefined): string | undefined {
  return field !== undefined && REQUEST_ID.test(field) ? field : undefined
}

/** The `wait` of Prefer (RFC 7240) in whole seconds, capped; the header may hold other preferences. */
export function preferredWait(field: string | undefined): number | undefined {
  for (const [, name, value = ''] of field?.matchAll(PREFERENCE) ?? []) {
    if (name?.toLowerCase() !== 'wait') continue
    const seconds = unquoted(value)
    return /^\d{1,9}$/.test(seconds) ? Math.min(Number(seconds), MAX_WAIT_SECONDS) : undefined
  }
  return undefined
}
