import { z } from 'zod'

/**
 * What sort of "no" a refusal is, in the words of the domain. The API turns it into a status
 * (`workers/api/http/problems.ts`); nothing in the domain knows HTTP.
 *
 * - `invalid`: the request can never succeed as it is
 * - `conflict`: it contradicts the present state, and may succeed later or elsewhere
 * - `not_found`: what it names does not exist, or not for this caller
 * - `forbidden`: the caller is known and may not
 * - `unauthorized`: the proof offered (a token, a code) does not hold
 * - `stale`: it was made for another version
 */
const refusalKinds = ['invalid', 'conflict', 'not_found', 'forbidden', 'unauthorized', 'stale'] as const
export type RefusalKind = (typeof refusalKinds)[number]

/** One documented way in which a command can be refused; served to clients at the code's type URI. */
export interface RefusalEntry {
  readonly kind: RefusalKind
  /** A short sentence that is the same for every occurrence. */
  readonly title: string
  /** When it happens and what a client can do about it. */
  readonly remedy: string
}

/** The refusals of one context, by their snake_case code. */
export type RefusalCatalog = Readonly<Record<string, RefusalEntry>>

export const refusalSchema = z.object({
  code: z.string(),
  /** What happened this time, for a person; never personal data. */
  detail: z.string(),
  /** Facts for the program that reads it: what is available, the current version, reasons. */
  facts: z.record(z.string(), z.unknown()).optional(),
})

/** A "no" as a value: a business answer, not a fault. */
export type Refusal = z.infer<typeof refusalSchema>

/** What a decision comes to: events to append, a refusal, or both (a failed try that must be recorded). */
export interface Decision<Event> {
  readonly events: readonly Event[]
  readonly refusal?: Refusal
}

/** Accepts a command with the events that follow from it; none means that nothing had to change. */
export function accept<Event>(...events: readonly Event[]): Decision<Event> {
  return { events }
}

/** A `refuse` function that only knows the codes of one catalog, so that each code has an entry. */
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

/** A refusal that leaves events behind all the same: the try itself is a fact (a wrong code, short stock). */
export function recorded<Event>(refused: Decision<never>, ...events: readonly Event[]): Decision<Event> {
  return { ...refused, events }
}
