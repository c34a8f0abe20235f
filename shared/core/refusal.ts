import { z } from 'zod'

/**
 * The kind of a refusal, in words of the domain. The API maps it to a status (`workers/api/http/problems.ts`); the
 * domain is free of HTTP.
 *
 * - `invalid`: the request can never succeed
 * - `conflict`: it contradicts the present state, and may succeed later or elsewhere
 * - `not_found`: its subject does not exist, or not for this caller
 * - `forbidden`: the caller is authenticated and not allowed
 * - `unauthorized`: the token or code is invalid
 * - `stale`: it was made for another version
 */
export type RefusalKind = 'invalid' | 'conflict' | 'not_found' | 'forbidden' | 'unauthorized' | 'stale'

/** One documented refusal; served to clients at the code's type URI. */
export interface RefusalEntry {
  readonly kind: RefusalKind
  /** A short sentence, the same for every occurrence. */
  readonly title: string
  /** When it happens, and what a client can do. */
  readonly remedy: string
}

/** The refusals of one context, by their snake_case code. */
export type RefusalCatalog = Readonly<Record<string, RefusalEntry>>

export const refusalSchema = z.object({
  code: z.string(),
  /** What happened this time, for a person; never personal data. */
  detail: z.string(),
  /** Facts for programs: available units, the current version, reasons. */
  facts: z.record(z.string(), z.unknown()).optional(),
})

/** A business answer, not a fault. */
export type Refusal = z.infer<typeof refusalSchema>

/** Events to append, a refusal, or both (a failed attempt that must be recorded). */
export interface Decision<Event> {
  readonly events: readonly Event[]
  readonly refusal?: Refusal
}

/** Accepts a command with its events; none if nothing changes. */
export function accept<Event>(...events: readonly Event[]): Decision<Event> {
  return { events }
}

/** A `refuse` function for the codes of one catalog, so that each code has an entry. */
export function refusing<Catalog extends RefusalCatalog>(_catalog: Catalog) {
  return (
    code: keyof Catalog & string,
    detail: string,
    facts?: Readonly<Record<string, unknown>>,
  ): Decision<never> => ({
    events: [],
    refusal: facts ? { code, detail, facts: { ...facts } } : { code, detail },
  })
}

/** A refusal with events: the attempt itself is a fact (a wrong code, short stock). */
export function recorded<Event>(refused: Decision<never>, ...events: readonly Event[]): Decision<Event> {
  return { ...refused, events }
}
