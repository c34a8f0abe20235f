import { invalidHeader } from '../problems.ts'
import { OWS, readAll } from './grammar.ts'

/** The condition of If-Match: any version, or one of these. An empty list matches none. */
export type VersionCondition = 'any' | readonly number[]

/** Bounds the work; no client needs more. */
const MAX_TAGS = 100
/** RFC 9110, section 8.8.3: an element of `#entity-tag`, in which elements may be empty. */
const LIST_ELEMENT = new RegExp(`${OWS}(?:(?:W/)?"([^\\x00-\\x20"\\x7f]*)"${OWS}(?:,|$)|,|(?<=[ \\t])$)`, 'y')

/**
 * The versions that a command is meant for (RFC 9110, section 13.1.1). Weak tags match too: Cloudflare weakens a tag when it
 * compresses a response.
 *
 * @throws Problem `invalid_header` for anything but entity tags or `*`
 */
export function ifMatch(field: string | undefined): VersionCondition | undefined {
  if (field === undefined) return undefined
  if (field.trim() === '*') return 'any'
  const tags = tagsOf(field)
  if (tags === null || tags.length === 0 || tags.length > MAX_TAGS)
    throw invalidHeader('If-Match', `If-Match holds entity tags, such as "3", at most ${MAX_TAGS}, or *.`)
  return versionsOf(tags)
}

/**
 * Whether If-None-Match (RFC 9110, section 13.1.2, weak comparison) contains this version, so that the answer is 304. A
 * malformed header matches nothing.
 */
export function ifNoneMatch(field: string | undefined, version: number): boolean {
  if (field === undefined) return false
  return field.trim() === '*' || versionsOf(tagsOf(field) ?? []).includes(version)
}

/** As above, for what has no version: whether If-None-Match contains this strong tag. */
export function ifNoneMatchTag(field: string | undefined, tag: string): boolean {
  if (field === undefined) return false
  return field.trim() === '*' || (tagsOf(field) ?? []).some((one) => `"${one}"` === tag)
}

/** The strong entity tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`
}

/** The opaque parts of a list of entity tags; `null` if malformed. */
function tagsOf(field: string): string[] | null {
  const elements = readAll(LIST_ELEMENT, field)
  return elements?.flatMap(([, tag]) => (tag === undefined ? [] : [tag])) ?? null
}

/** The versions among the tags; others are ignored. */
function versionsOf(tags: readonly string[]): number[] {
  return tags.flatMap((tag) => (/^[1-9]\d{0,14}$/.test(tag) ? [Number(tag)] : []))
}
