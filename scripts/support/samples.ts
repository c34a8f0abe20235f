import { existsSync, globSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Upcaster } from '../../shared/core/aggregate.ts'
import type { Registry } from '../../shared/registry.ts'

/** One stored event type: every version that was ever stored must stay readable. */
export interface StoredEventType {
  readonly context: string
  readonly name: string
  /** The current schema of its data. */
  readonly data: z.ZodType
  /** The steps from version 1 to 2, 2 to 3, …. */
  readonly upcasters: readonly Upcaster[]
  /** The event without personal data, as sinks get it and as an erasure leaves it. */
  without(data: unknown): unknown
}

/** Every type of event that aggregates store. */
export function storedEventTypes(kinds: Registry): StoredEventType[] {
  return Object.values(kinds).flatMap(({ context, event, upcasters = {}, personalData }) =>
    event.options.map(({ shape: { type, data } }) => {
      const name = type.value
      return {
        context,
        name,
        data,
        upcasters: upcasters[name] ?? [],
        without: (stored) => {
          const { data: fields } = z.object({ data: z.looseObject({}) }).parse({ data: stored })
          return personalData?.without({ type: name, data: fields }).data ?? fields
        },
      }
    }),
  )
}

/** The newest schema version of an event type, which is the one that is stored today. */
export function newestVersion({ upcasters }: StoredEventType): number {
  return upcasters.length + 1
}

/** The path of a version's sample. */
export function sampleFile({ context, name }: Pick<StoredEventType, 'context' | 'name'>, version: number) {
  return `contracts/samples/${context}/${name}.v${version}.json`
}

/** All required samples. */
export function neededSamples(types: readonly StoredEventType[]) {
  return types.flatMap((type) =>
    Array.from({ length: newestVersion(type) }, (_, index) => ({
      type,
      version: index + 1,
      file: sampleFile(type, index + 1),
    })),
  )
}

/** Data stored with a version, upcast to the current one. */
export function upcast({ upcasters }: StoredEventType, version: number, data: unknown): unknown {
  return upcasters.slice(version - 1).reduce((older, step) => step(older), data)
}

/** Why data does not match the current schema; `null` when it does. */
export function objection({ data: schema }: StoredEventType, data: unknown): string | null {
  const parsed = schema.safeParse(data)
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  // Data that the schema drops would be lost at the next rewrite of the log.
  return JSON.stringify(sorted(parsed.data)) === JSON.stringify(sorted(data))
    ? null
    : 'it has fields that the schema does not know'
}

/** All defects of the samples under a folder, as sentences; empty when every stored version is readable. */
export function brokenPromises(top: string, types: readonly StoredEventType[]): string[] {
  const needed = neededSamples(types)
  const names = new Set(needed.map(({ file }) => file))
  const orphans = globSync('contracts/samples/*/*', { cwd: top })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !names.has(file))
    .map((file) => `${file}: no event type has this version`)
  return [...orphans, ...needed.flatMap(({ type, version, file }) => brokenPromise(top, type, version, file))]
}

function brokenPromise(top: string, type: StoredEventType, version: number, file: string): string[] {
  if (!existsSync(`${top}/${file}`)) return [`${file}: missing (npx bun run samples)`]
  try {
    const stored: unknown = JSON.parse(readFileSync(`${top}/${file}`, 'utf8'))
    const read = upcast(type, version, stored)
    const wrong = objection(type, read) ?? objection(type, type.without(read))
    return wrong === null ? [] : [`${file}: cannot be read today: ${wrong}`]
  } catch (fault) {
    return [`${file}: cannot be read today: ${fault instanceof Error ? fault.message : 'unknown fault'}`]
  }
}

/** JSON with the members of each object in order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}
