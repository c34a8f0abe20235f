import { OWS, readAll } from './grammar.ts'

/** The trace context of a request (W3C Trace Context), passed on to every event. */
interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}

const TRACEPARENT =
  /^(?!ff)([\da-f]{2})-((?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16})-([\da-f]{2})(-[\x20-\x7e]*)?$/
/** Flags that version 00 of the standard knows: sampled, and a random trace id. */
const KNOWN_FLAGS = 0x03

const KEY = '[a-z0-9][a-z0-9_*/@-]{0,255}'
const VALUE = '[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]'
const MEMBER = new RegExp(`${OWS}(?:(${KEY})=(${VALUE}))?${OWS}(?:,|$)`, 'y')
const MAX_MEMBERS = 32
/** The standard requires at least 512 characters to be propagated, and members over 128 to be dropped first. */
const MAX_STATE_LENGTH = 512
const LONG_MEMBER_LENGTH = 128

/**
 * The trace context of a request; `undefined` if `traceparent` is malformed (sections 3.2 and 3.3). A later version is
 * parsed as version 00 and propagated as that. A malformed `tracestate` is dropped without its `traceparent`.
 */
export function traceContext(
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext | undefined {
  const [, version, ids, flags = '', rest] = TRACEPARENT.exec(traceparent ?? '') ?? []
  if (traceparent === undefined || version === undefined || (version === '00' && rest !== undefined))
    return undefined
  const known = (Number.parseInt(flags, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0')
  const state = stateOf(tracestate ?? '')
  return {
    traceparent: version === '00' ? traceparent : `00-${ids}-${known}`,
    ...(state !== '' && { tracestate: state }),
  }
}

/** The propagated part of a `tracestate`; empty if malformed. */
function stateOf(field: string): string {
  const elements = readAll(MEMBER, field)
  const members = elements?.flatMap(([, key, value]) => (key === undefined ? [] : [{ key, value }])) ?? []
  if (members.length > MAX_MEMBERS || new Set(members.map(({ key }) => key)).size < members.length) return ''
  const written = members.map(({ key, value }) => `${key}=${value}`)
  if (lengthOf(written) <= MAX_STATE_LENGTH) return written.join(',')
  const short = written.filter((member) => member.length <= LONG_MEMBER_LENGTH)
  // Members are dropped whole, oldest first; the newest are at the front.
  while (lengthOf(short) > MAX_STATE_LENGTH) short.pop()
  return short.join(',')
}

function lengthOf(members: readonly string[]): number {
  return members.reduce((total, member) => total + member.length + 1, -1)
}
