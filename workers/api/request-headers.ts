import { invalidHeader } from './problems.ts'

/** Idempotency-Key is remembered with each command: it may not be of any length. */
const LONGEST_KEY = 255
/** The longest that a client may wait for a process (seconds). */
const LONGEST_WAIT = 30

/** What If-Match asks for: a version, that there is one at all, or one that cannot be. */
export type VersionCondition = number | 'any' | 'none'

/**
 * @throws Problem `invalid_header` for a key that is empty or too long
 */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = header.trim()
  if (key.length === 0 || key.length > LONGEST_KEY)
    throw invalidHeader('Idempotency-Key', `An Idempotency-Key has 1 to ${LONGEST_KEY} characters.`)
  return key
}

/**
 * RFC 9110, 13.1.1. Tags compare strongly, so a weak tag names no version; a list is not taken.
 *
 * @throws Problem `invalid_header` for anything but entity tags or `*`
 */
export function ifMatch(header: string | undefined): VersionCondition | undefined {
  if (header === undefined) return undefined
  const value = header.trim()
  if (value === '*') return 'any'
  if (!/^(W\/)?"[^"]*"$/.test(value))
    throw invalidHeader('If-Match', 'If-Match holds one entity tag, such as "3", or *.')
  const version = versionOf(value)
  return version ?? 'none'
}

/** Whether If-None-Match (RFC 9110, 13.1.2, weak comparison) holds this version, so that 304 is the answer. */
export function ifNoneMatch(header: string | undefined, version: number): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => {
    const value = tag.trim().replace(/^W\//, '')
    return value === '*' || versionOf(value) === version
  })
}

/** The `wait` of Prefer (RFC 7240) in whole seconds, capped; the header may hold other preferences. */
export function preferredWait(header: string | undefined): number | undefined {
  for (const preference of header?.split(/[,;]/) ?? []) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(preference)?.[1]
    if (seconds !== undefined) return Math.min(Number(seconds), LONGEST_WAIT)
  }
  return undefined
}

/** W3C Trace Context; what is not well-formed is left out, as the standard asks. */
export function traceparent(header: string | undefined): string | undefined {
  const wellFormed = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/
  return header !== undefined && wellFormed.test(header) ? header : undefined
}

/** The strong entity tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`
}

function versionOf(tag: string): number | null {
  const digits = /^"(0|[1-9]\d{0,15})"$/.exec(tag)?.[1]
  return digits === undefined ? null : Number(digits)
}
