import { z } from 'zod'
import { app } from '../../app.ts'
import { openApiDocument } from './openapi.ts'

/** What the document says of the problems of one operation. */
export interface DocumentedProblems {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly codes: readonly string[]
}

const responseShape = z.looseObject({
  $ref: z.string().optional(),
  content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional(),
})
const problemShape = z.looseObject({
  allOf: z.tuple([
    z.unknown(),
    z.looseObject({ properties: z.looseObject({ code: z.looseObject({ enum: z.array(z.string()) }) }) }),
  ]),
})
const documentShape = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({ operationId: z.string(), responses: z.record(z.string(), responseShape) }),
    ),
  ),
  components: z.looseObject({ responses: z.record(z.string(), responseShape) }),
})

/** The problems of every operation, as documented. */
export function documentedProblems(): DocumentedProblems[] {
  const { paths, components } = documentShape.parse(openApiDocument(app))
  const codesOf = ({ $ref, content }: z.infer<typeof responseShape>): string[] => {
    const response = components.responses[$ref?.split('/').at(-1) ?? '']
    if (response) return codesOf(response)
    const problem = content?.['application/problem+json']
    return problem ? problemShape.parse(problem.schema).allOf[1].properties.code.enum : []
  }
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId, responses }]) => ({
      ...{ operationId, method: method.toUpperCase(), path },
      codes: Object.values(responses).flatMap(codesOf),
    })),
  )
}

let known: { problems: DocumentedProblems; pattern: RegExp }[] | null = null

/** The operation whose documentation lacks this problem code; `null` if it has it, or there is no such operation. */
export function lackingProblem(method: string, path: string, code: string): string | null {
  // Those without parameters first: /orders is no /{id}.
  known ??= documentedProblems()
    .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
    .map((problems) => ({
      problems,
      pattern: new RegExp(`^${problems.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }))
  const found = known.find(({ problems, pattern }) => problems.method === method && pattern.test(path))
  return found && !found.problems.codes.includes(code) ? found.problems.operationId : null
}
