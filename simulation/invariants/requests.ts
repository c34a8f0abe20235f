import { z } from 'zod'
import { type AggregateKind, registry } from '../../shared/registry.ts'
import type { Exchange, HttpAnswer } from '../world.ts'

/** An exchange that was answered. */
export type Answered = Exchange & { readonly answer: HttpAnswer; readonly answeredAt: number }

/** The kinds whose ids carry no prefix, by the collection in the path. */
const namedByPath: Readonly<Record<string, AggregateKind>> = {
  products: 'product',
  inventory: 'inventory',
  promotions: 'promotion',
}
const kindByPrefix = new Map(
  Object.values(registry).flatMap(({ idPrefix, kind }) => (idPrefix === undefined ? [] : [[idPrefix, kind]])),
)
const claims = z.object({ sub: z.string(), scope: z.string().optional() })

export function answered(exchanges: readonly Exchange[]): Answered[] {
  return exchanges.flatMap((exchange) => {
    const { answer, answeredAt } = exchange
    return answer && answeredAt !== null ? [{ ...exchange, answer, answeredAt }] : []
  })
}

/** Whether it asks for a change: dry runs and reads do not. */
export function isCommand({ request: { method, path } }: Exchange): boolean {
  return method !== 'GET' && method !== 'HEAD' && !/[?&]dryRun=true/.test(path)
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** How reports name an exchange: `request 12 (shopper-3/checkOut, POST /v1/orders)`. */
export function nameOf({ number, by, request: { method, path } }: Exchange): string {
  return `request ${number} (${by}, ${method} ${path})`
}

/** The path without its query. */
export function pathOf({ request: { path } }: Exchange): string {
  return path.split('?')[0] ?? path
}

/** The kind of the aggregate that an answer calls by this id. */
export function kindOf(exchange: Exchange, id: string): string | undefined {
  const [, , collection = ''] = pathOf(exchange).split('/')
  return kindByPrefix.get(/^([a-z]{3})_[0-9a-f-]{36}$/.exec(id)?.[1] ?? '') ?? namedByPath[collection]
}

/** A caller as idempotency keys are kept by it: the subject of the token, or what tells strangers apart. */
export function callerOf(exchange: Exchange): string {
  const { headers = {} } = exchange.request
  const payload = payloadOf(exchange)
  if (payload === undefined)
    return JSON.stringify([headers['cf-connecting-ip'], headers['user-agent'], headers['accept-language']])
  const known = claimsIn(payload)
  return known ? `user:${known.sub}` : payload
}

/** The customer that asks, if nothing but their own is theirs to see; `null` for staff and strangers. */
export function customerOf(exchange: Exchange): string | null {
  const known = claimsIn(payloadOf(exchange) ?? '')
  return known?.scope === 'customer' ? known.sub : null
}

/** The claims of the access token as they are sent; `undefined` without one. */
function payloadOf({ request: { headers = {} } }: Exchange): string | undefined {
  return /^Bearer [^.]+\.([^.]+)\./i.exec(headers.authorization ?? '')?.[1]
}

function claimsIn(payload: string): z.infer<typeof claims> | null {
  try {
    return claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  } catch {
    return null
  }
}

/** A JSON value as text, with its members in a fixed order. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'undefined'
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}
