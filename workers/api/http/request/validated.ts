import type { ApiContext } from '../context.ts'

/**
 * A canonical text of a validated request. Requests that differ only in their spelling are equal: order of members,
 * white space, number format (`1.0`), or a missing body instead of `{}`.
 *
 * @param without names of query parameters to ignore
 */
export function validatedText(c: ApiContext, without: readonly string[]): string {
  const { param = {}, query = {}, json = {} } = c.get('validated') ?? {}
  const asked = Object.entries(Object(query)).filter(([name]) => !without.includes(name))
  return canonicalJson([c.get('operationId') ?? '', param, Object.fromEntries(asked), json])
}

/** JSON with the members of each object sorted by name. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
