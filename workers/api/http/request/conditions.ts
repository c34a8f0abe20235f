import { invalidHeader } from '../problems.ts'
import { OWS, readAll } from './grammar.ts'

/** What If-Match asks for: that there is any version, or one of these. None of them: tags of no version. */
export type VersionCondition = 'any' | readonly number[]

/** A header has room for more tags; a client that knows so many versions knows none. */
const MAX_TAGS = 100
/** RFC 9110, 8.8.3: an element of `#entity-tag`, in which elements may be empty. */
const LIST_ELEMENT = new RegExp(`${OWS}(?:(?:W/)?"([^\\x00-\\x20"\\x7f]*)"${OWS}(?:,|$)|,|(?<=[ \\t])$)`, 'y')

/**
 * RFC 9110, 13.1.1: the versions that a command is meant for. Tags are compared by what stands between the quotes,
 * also weak ones: Cloudflare weakens a tag when it compresses an answer, and a version is the same all the same.
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
 * Whether If-None-Match (RFC 9110, 13.1.2, weak comparison) holds this version, so that 304 is the answer. What is no
 * list of tags holds nothing: the whole answer is never wrong.
 */
export function ifNoneMatch(field: string | undefined, version: number): boolean {
  if (field === undefined) return false
  return field.trim() === '*' || versionsOf(tagsOf(field) ?? []).includes(version)
}

/** The strong entity tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`
}

/** What the tags of a list hold; `null` for what is no list of entity tags. */
function tagsOf(field: string): string[] | null {
  const elements = readAll(LIST_ELEMENT, field)
  return elements?.flatMap(([, tag]) => (tag === undefined ? [] : [tag])) ?? null
}

/** The versions that tags name; a tag may also name none. */
function versionsOf(tags: readonly string[]): number[] {
  return tags.flatMap((tag) => (/^[1-9]\d{0,14}$/.test(tag) ? [Number(tag)] : []))
}
