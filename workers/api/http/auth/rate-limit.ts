import type { ApiContext } from '../context.ts'
import { Problem } from '../problems.ts'
import { hasScope } from './authorization.ts'
import { callerName } from './caller.ts'
import { configuredPolicies } from './rate-limit-policies.ts'

/** Counters of callers kept in memory; beyond that all are reset. */
const MAX_COUNTED_CALLERS = 10_000

/** The counters of this isolate, by caller, with the end of their window (Unix ms). */
const counted = new Map<string, { used: number; until: number }>()

/**
 * Counts a request against its caller's limit and sets the headers of draft-ietf-httpapi-ratelimit-headers. The platform
 * decides but does not expose the count, so the remaining quota in the headers is an estimate of this isolate.
 *
 * @throws Problem `rate_limited`
 */
export async function limitRate(c: ApiContext): Promise<void> {
  const caller = c.get('caller')
  const isStaff = hasScope(caller, 'operator') || hasScope(caller, 'ops')
  const binding = isStaff ? 'RATE_LIMIT_OPERATOR' : 'RATE_LIMIT'
  const name = isStaff ? 'operator' : 'caller'
  const key = callerName(caller)
  const { success } = await c.env[binding].limit({ key })
  const policy = configuredPolicies.get(binding)
  if (policy) {
    const { quota, window } = policy
    const { used, until } = countOf(`${name} ${key}`, window * 1_000)
    const remaining = success ? Math.max(quota - used, 0) : 0
    const seconds = success ? Math.max(Math.ceil((until - Date.now()) / 1_000), 1) : window
    c.header('RateLimit-Policy', `"${name}";q=${quota};w=${window}`)
    c.header('RateLimit', `"${name}";r=${remaining};t=${seconds}`)
  }
  if (success) return
  const detail = policy
    ? `At most ${policy.quota} requests in ${policy.window} seconds.`
    : 'Too many requests.'
  throw new Problem('rate_limited', detail, { headers: { 'Retry-After': `${policy?.window ?? 60}` } })
}

function countOf(key: string, milliseconds: number): { used: number; until: number } {
  const now = Date.now()
  const known = counted.get(key)
  if (known && known.until > now) {
    known.used += 1
    return known
  }
  if (counted.size >= MAX_COUNTED_CALLERS) counted.clear()
  const begun = { used: 1, until: now + milliseconds }
  counted.set(key, begun)
  return begun
}
