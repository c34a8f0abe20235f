import { z } from '@hono/zod-openapi'
import { parameterVocabulary, vocabulary } from './vocabulary.ts'

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
})

/** Components of several names whose members have one meaning: `ListedOrder` is an `Order`, and so on. */
const sameMeaning: readonly [RegExp, string][] = [
  [/^(Listed|Create)?(Percentage|Fixed|FreeShipping|Bundle|Tiered)Promotion$/, 'Promotion'],
  [/^Listed/, ''],
]

/** The meaning of the member at a path: the longest entry that fits its end, with or without its component. */
export function meaningOf(path: readonly string[]): string | undefined {
  const [component = '', ...members] = path
  const names = [sameMeaning.reduce((name, [form, word]) => name.replace(form, word), component), ...members]
  const last = names.at(-1) ?? ''
  const ends = names.map((_, index) => names.slice(index).join('.'))
  const ofComponent = `${names[0]}.${last}`
  const candidates = [...ends.slice(0, -1), ...(names.length === 2 ? [ofComponent] : []), last]
  return candidates.map((one) => vocabulary[one]).find((meaning) => meaning !== undefined)
}

/** Gives every member of a schema without a description its meaning, in place. */
export function describeMembers(schema: unknown, path: readonly string[]): void {
  const found = schemaShape.safeParse(schema).data
  if (!found) return
  for (const [name, member] of Object.entries(found.properties ?? {})) {
    const at = [...path, name]
    const meaning = meaningOf(at)
    if (meaning !== undefined && isObject(member) && !('description' in member))
      Object.assign(member, { description: meaning })
    describeMembers(member, at)
  }
  for (const part of [...(found.anyOf ?? []), ...(found.oneOf ?? []), ...(found.allOf ?? [])])
    describeMembers(part, path)
  for (const part of [found.items, found.additionalProperties]) describeMembers(part, path)
}

const parameterShape = z.looseObject({ name: z.string(), in: z.string() })

/** Gives a parameter without a description its meaning, in place. */
export function describeParameter(parameter: unknown, operationId: string): void {
  const found = parameterShape.safeParse(parameter).data
  if (!found || !isObject(parameter) || 'description' in parameter) return
  const meaning = parameterVocabulary[`${operationId}.${found.name}`] ?? parameterVocabulary[found.name]
  if (meaning !== undefined) Object.assign(parameter, { description: meaning })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
