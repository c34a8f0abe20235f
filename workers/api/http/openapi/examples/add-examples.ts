import { z } from '@hono/zod-openapi'
import { ownProblemCodes } from '../operation-problems.ts'
import { problemEntry } from '../problem-catalog.ts'
import { afterCommands } from './after-commands.ts'
import { eventExample } from './events.ts'
import { operationExamples } from './operation-resources.ts'
import { requestExamples } from './requests.ts'
import { resourceExamples } from './resources.ts'

const components: Readonly<Record<string, unknown>> = { ...resourceExamples, ...operationExamples }

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  type: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
})
const operationShape = z.object({
  operationId: z.string(),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.unknown()),
})
const withContent = z.object({ content: z.record(z.string(), z.unknown()) })
const withSchema = z.object({ schema: z.unknown() })

/** Gives the request and the successful answers of an operation their examples, in place. */
export function addExamples(operation: unknown): void {
  const found = operationShape.safeParse(operation).data
  if (!found) return
  const { operationId, requestBody, responses } = found
  for (const media of mediaOf(requestBody)) Object.assign(media, { example: requestExamples[operationId] })
  for (const [status, response] of Object.entries(responses)) {
    if (status >= '300') continue
    for (const media of mediaOf(response)) Object.assign(media, answerExamples(media, operationId))
  }
}

/** The media types of a body, as they are in the document. */
function mediaOf(part: unknown): object[] {
  return Object.values(withContent.safeParse(part).data?.content ?? {}).filter(
    (media): media is object => typeof media === 'object' && media !== null,
  )
}

/** One example; or, where a dry run is answered with the same status, one of each. */
function answerExamples(media: object, operationId: string): object {
  const schema = withSchema.safeParse(media).data?.schema
  const answer = afterCommand(exampleOf(schema, operationId), operationId)
  if (!alternativesOf(schema).some((one) => nameOf(one) === DRY_RUN)) return { example: answer }
  return {
    examples: {
      done: { summary: 'Done', value: answer },
      dryRun: { summary: 'With `dryRun=true`: it would be refused', value: dryRunExample(operationId) },
    },
  }
}

/** The example of a resource as it is after this operation. */
function afterCommand(example: unknown, operationId: string): unknown {
  const change = afterCommands[operationId]
  if (change === undefined || typeof example !== 'object' || example === null || 'dryRun' in example)
    return example
  return { ...example, ...change }
}

const DRY_RUN = 'DryRun'

/** An example of a schema: of the component that it names, of its first alternative, of its parts, or of its members. */
function exampleOf(schema: unknown, operationId: string): unknown {
  const found = schemaShape.safeParse(schema).data
  if (!found) return undefined
  const name = nameOf(schema)
  if (name === DRY_RUN) return dryRunExample(operationId)
  if (name === 'CloudEvent') return eventExample(operationId)
  if (name !== null) return components[name]
  if (found.enum?.length === 1) return found.enum[0]
  const [first] = alternativesOf(schema)
  if (first !== undefined) return exampleOf(first, operationId)
  if (found.allOf) return Object.assign({}, ...found.allOf.map((part) => exampleOf(part, operationId) ?? {}))
  if (found.items !== undefined) return [exampleOf(found.items, operationId)]
  if (found.properties)
    return Object.fromEntries(
      Object.entries(found.properties).flatMap(([member, part]) => {
        const value = member === 'nextCursor' ? null : exampleOf(part, operationId)
        return value === undefined ? [] : [[member, value]]
      }),
    )
  return found.type === 'string' ? `${JSON.stringify(eventExample('listOrderEvents'))}\n` : undefined
}

function alternativesOf(schema: unknown): unknown[] {
  const { anyOf, oneOf } = schemaShape.safeParse(schema).data ?? {}
  return anyOf ?? oneOf ?? []
}

/** The name of the component that a schema refers to; `null` for another schema. */
function nameOf(schema: unknown): string | null {
  return schemaShape.safeParse(schema).data?.$ref?.split('/').at(-1) ?? null
}

/** A dry run that finds a refusal of this operation. */
function dryRunExample(operationId: string) {
  const codes = ownProblemCodes(operationId)
  const code = codes.find((one) => problemEntry(one).status === 409) ?? codes[0] ?? 'version_conflict'
  const { title, status } = problemEntry(code)
  return { dryRun: true, events: [], refusal: { code, title, status, detail: title } }
}
