/** Annotations that do not affect validation. */
const ANNOTATIONS = new Set(['$schema', '$id', '$comment', 'title', 'description', 'examples', 'default'])
const SETS = new Set(['required', 'enum', 'type'])
const LISTS_OF_SCHEMAS = new Set(['oneOf', 'anyOf', 'prefixItems'])
const SCHEMAS = new Set(['items', 'additionalProperties'])

/** Keywords that constrain properties that the schema does not name. */
const ABOUT_OTHERS = [
  'additionalProperties',
  'unevaluatedProperties',
  'patternProperties',
  'propertyNames',
  'maxProperties',
]

type Json = Readonly<Record<string, unknown>>

/**
 * Why one JSON Schema (2020-12) cannot replace another under the same version: sentences
 * that begin with the path; none when it can. Two kinds of readers must not break:
 *
 * - those who validate new events against an older copy of the file, so nothing may be allowed now
 *   that was not: no new value of an enum, no new variant, no wider bound, nothing required that is now
 *   optional;
 * - those who use the new file to read stored events in the lake, and Petrel itself, which reads its logs
 *   with no upcaster within a version. So nothing that was allowed may be refused, required anew, or no
 *   longer be described.
 *
 * The rule that satisfies both: everything stays the same, but an object may get further optional
 * properties, since published schemas are open. An unknown keyword has to stay the same.
 */
export function incompatibilities(before: unknown, after: unknown, at = ''): string[] {
  if (!isObject(before) || !isObject(after)) return changed(before, after, at)
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keywords].flatMap((keyword) => {
    if (ANNOTATIONS.has(keyword)) return []
    const [was, is, place] = [before[keyword], after[keyword], `${at}/${keyword}`]
    if (keyword === 'properties') return propertyChanges(before, after, at)
    if (keyword === 'required') return requirementChanges(was, is, at)
    if (SETS.has(keyword)) return changed(asSet(was), asSet(is), place)
    if (SCHEMAS.has(keyword)) return incompatibilities(was, is, place)
    if (LISTS_OF_SCHEMAS.has(keyword)) return listChanges(was, is, place)
    return changed(was, is, place)
  })
}

function propertyChanges(before: Json, after: Json, at: string): string[] {
  const [was, is] = [before.properties ?? {}, after.properties ?? {}]
  if (!isObject(was) || !isObject(is)) return changed(was, is, `${at}/properties`)
  const closed = ABOUT_OTHERS.find((keyword) => !allowsAll(before[keyword]))
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) => {
    const place = `${at}/properties/${name}`
    if (!Object.hasOwn(is, name)) return [`${place} is gone, and events in the lake still have it`]
    if (Object.hasOwn(was, name)) return incompatibilities(was[name], is[name], place)
    return closed === undefined ? [] : [`${place} is new, and the published ${closed} speaks of it already`]
  })
}

function requirementChanges(before: unknown, after: unknown, at: string): string[] {
  const [was, is] = [asList(before), asList(after)]
  return [
    ...was
      .filter((name) => !is.includes(name))
      .map((name) => `${at}/properties/${name} is no longer required`),
    ...is
      .filter((name) => !was.includes(name))
      .map((name) => `${at}/properties/${name} is required now, and events in the lake may not have it`),
  ]
}

function listChanges(before: unknown, after: unknown, at: string): string[] {
  const [was, is] = [asList(before), asList(after)]
  if (was.length !== is.length) return [`${at} had ${was.length} variants and has ${is.length}`]
  return was.flatMap((one, index) => incompatibilities(one, is[index], `${at}/${index}`))
}

function changed(before: unknown, after: unknown, at: string): string[] {
  const [was, is] = [canonical(before), canonical(after)]
  return was === is ? [] : [`${at || '/'} was ${was ?? 'not there'} and is ${is ?? 'not there'}`]
}

function allowsAll(keyword: unknown): boolean {
  return keyword === undefined || keyword === true || canonical(keyword) === '{}'
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}

/** The members in a canonical order. */
function asSet(value: unknown): unknown {
  if (value === undefined) return undefined
  return asList(value).toSorted((a, b) => ((canonical(a) ?? '') < (canonical(b) ?? '') ? -1 : 1))
}

/** JSON with the members of each object sorted by name; `undefined` for `undefined`. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
