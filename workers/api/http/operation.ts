import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { refusesInactiveCustomers, requireActiveCustomer } from './auth/active-customer.ts'
import { type Audience, requireScope } from './auth/authorization.ts'
import type { ApiEnv } from './context.ts'
import { type DocumentedResponses, problemResponses } from './openapi/documented.ts'
import { problemCodesOf } from './openapi/operation-problems.ts'
import { invalidRequest, notFound, type ProblemError } from './problems.ts'
import { readJson } from './request/body.ts'
import { parameterName, pointerTo } from './request/pointers.ts'
import './request/validation-texts.ts'
import { requireSettings } from './settings.ts'

interface Definition<Path extends string, Params extends z.ZodObject, Query extends z.ZodObject> {
  readonly operationId: string
  readonly path: Path
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly who: Audience
  readonly params: Params
  readonly query: Query
}

type QueryDefinition<Path extends string, Params extends z.ZodObject, Query extends z.ZodObject> = Definition<
  Path,
  Params,
  Query
> & {
  readonly responses: DocumentedResponses
  /** Names of header parameters in the document's components. */
  readonly headers?: readonly string[]
  readonly middleware?: readonly MiddlewareHandler<ApiEnv>[]
}

type CommandDefinition<
  Path extends string,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
> = QueryDefinition<Path, Params, Query> & {
  readonly method: 'post' | 'patch' | 'delete'
  readonly body: Body
}

/** The schema of an empty path, query or body. */
export const nothing = z.strictObject({})

/** The query of every command. */
export const commandQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .openapi({ type: 'boolean', description: 'Returns what the command would do, and changes nothing.' }),
})

/** The definition of an operation that reads. */
export function queryRoute<const Path extends string, Params extends z.ZodObject, Query extends z.ZodObject>(
  definition: QueryDefinition<Path, Params, Query>,
) {
  const { path, params, query, responses, middleware = [] } = definition
  return createRoute({
    ...common(definition),
    method: 'get',
    path,
    request: { params, query },
    responses: { ...problemsOf(definition, false), ...responses },
    middleware: [enter(definition.operationId, definition.who), ...middleware],
  })
}

/**
 * The definition of an operation that changes something and takes a JSON body.
 */
export function commandRoute<
  const Path extends string,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
>(definition: CommandDefinition<Path, Params, Query, Body>) {
  const { operationId, method, path, who, params, query, body, responses, middleware = [] } = definition
  return createRoute({
    ...common(definition),
    method,
    path,
    request: {
      params,
      query,
      // A body without required members may be left out.
      body: { required: !body.safeParse({}).success, content: { 'application/json': { schema: body } } },
    },
    responses: { ...problemsOf(definition, true), ...responses },
    middleware: [
      enter(operationId, who),
      requireActiveCustomer(operationId, who),
      ...middleware,
      readJson,
      ...(definition.tag === 'ops' ? [] : [requireSettings]),
    ],
  })
}

function common({
  operationId,
  tag,
  summary,
  description,
  who,
  headers = [],
}: QueryDefinition<string, z.ZodObject, z.ZodObject>) {
  const security = who === 'anyone' ? [{}, { bearer: [] }] : [{ bearer: [...who] }]
  const parameters = headers.map((name) => ({ $ref: `#/components/parameters/${name}` }))
  return { operationId, tags: [tag], summary, ...(description && { description }), security, parameters }
}

/** The problems of an operation, as responses. */
function problemsOf(
  { operationId, tag, who, params, headers = [] }: QueryDefinition<string, z.ZodObject, z.ZodObject>,
  isCommand: boolean,
): DocumentedResponses {
  const codes = problemCodesOf({
    ...{ operationId, tag, who, isCommand, headers },
    hasPathParameters: Object.keys(params.shape).length > 0,
    refusesInactive: isCommand && refusesInactiveCustomers(operationId, who),
  })
  return problemResponses(codes)
}

/** Records the operation, and refuses callers without its scopes before their request is read. */
export function enter(operationId: string, who: Audience) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('operationId', operationId)
    if (who !== 'anyone') requireScope(c.get('caller'), who)
    await next()
  })
}

/** A Hono application for a group of operations, with one way to refuse invalid requests. */
export function newApi(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result, c) => {
      if (result.success) {
        c.set('validated', { ...c.get('validated'), [result.target]: result.data })
        return
      }
      // A malformed id cannot name anything.
      if (result.target === 'param') throw notFound('Nothing can have this name.')
      throw invalidRequest(...errorsOf(result.target, result.error))
    },
  })
}

/** One error per invalid field or parameter; never with its value. */
export function errorsOf(target: string, error: z.ZodError): ProblemError[] {
  return error.issues.flatMap((issue) => {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : []
    const places = unknown.length > 0 ? unknown.map((key) => [...issue.path, key]) : [issue.path]
    return places.map((path) => ({
      ...placeOf(target, path),
      ...(unknown.length > 0 ? unknownIn(target) : { code: codeOf(issue), detail: issue.message }),
    }))
  })
}

/** What is unknown is a field of a body, or a parameter. */
function unknownIn(target: string): { code: string; detail: string } {
  return target === 'json'
    ? { code: 'unknown_field', detail: 'This field is unknown.' }
    : { code: 'unknown_parameter', detail: 'This parameter is unknown.' }
}

/** The code of a custom rule (`invalid_value` if it has none), or zod's own code. */
function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'custom') return issue.code
  const code: unknown = issue.params?.code
  return typeof code === 'string' ? code : 'invalid_value'
}

function placeOf(target: string, path: readonly PropertyKey[]): { pointer: string } | { parameter: string } {
  return target === 'json' ? { pointer: pointerTo(path) } : { parameter: parameterName(path) }
}
