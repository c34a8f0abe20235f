/** The scopes of access tokens; one token may have several. */
export const scopes = ['customer', 'operator', 'ops'] as const
export type Scope = (typeof scopes)[number]

/** Who sends a request. */
export type Caller =
  | { readonly kind: 'anonymous'; readonly address: string }
  | { readonly kind: 'known'; readonly subject: string; readonly scopes: ReadonlySet<Scope> }

/** The key of a caller in rate limits and idempotency records. */
export function callerName(caller: Caller): string {
  return caller.kind === 'known' ? `user:${caller.subject}` : `anonymous:${caller.address}`
}

/** The key of a caller in hourly limits. All of an IPv6 /64 counts as one: its holder has every address of it. */
export function callerBucket(caller: Caller): string {
  if (caller.kind === 'known' || !caller.address.includes(':')) return callerName(caller)
  const [head = '', tail] = caller.address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail ? tail.split(':').length : 0
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest
  const network = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...(tail?.split(':') ?? [])]
  return `anonymous:${network.slice(0, 4).join(':')}::/64`
}
