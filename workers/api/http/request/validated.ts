import type { ApiContext } from '../context.ts'

/**
 * What a validated request asks for, as one text: the same for requests that differ only in their form. JSON in
 * another order, with other spaces or numbers (`1.0`), and a body that is left out where `{}` would do, are equal.
 *
 * @param without names of query parameters that do not matter
 */
export function validatedText(c: ApiContext, without: readonly string[]): string {
  const { param = {}, query = {}, json = {} } = c.get('validated') ?? {}
  const asked = Object.entries(Object(query)).filter(([name]) => !without.includes(name))
  return canonicalJson([c.get('operationId') ?? '', param, Object.fromEntries(asked), json])
}

/** JSON with the members of each object in order of their names. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
