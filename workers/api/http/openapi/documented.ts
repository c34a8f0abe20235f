import { z } from '@hono/zod-openapi'

/** A response in the OpenAPI document. Loosely typed: what handlers send is checked where it is rendered. */
export interface DocumentedResponse {
  description: string
  headers?: Record<string, { $ref: string }>
  content?: Record<string, { schema: z.ZodType | { $ref: string } }>
}
export type DocumentedResponses = Record<string, DocumentedResponse | { $ref: string }>

const problemError = z.object({
  pointer: z
    .string()
    .optional()
    .openapi({ description: 'JSON pointer into the body (RFC 6901).', example: '/lines/0/sku' }),
  parameter: z
    .string()
    .optional()
    .openapi({ description: 'Instead of `pointer`: a query parameter or a header.' }),
  code: z.string(),
  detail: z.string(),
})

/** The schema of a problem (RFC 9457); each kind adds extension members. */
export const problemSchema = z
  .looseObject({
    type: z.string().openapi({
      format: 'uri-reference',
      description: 'Identifies the kind of problem; resolves to a page that explains it.',
    }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().openapi({ example: 'version_conflict' }),
    traceId: z.string(),
    errors: z.array(problemError).max(20).optional(),
    moreErrors: z.int().optional().openapi({ description: 'How many faults `errors` leaves out.' }),
  })
  .openapi('Problem')

/** Problems by status. */
export const problemDescriptions = {
  '400': 'The body is not JSON in UTF-8, or the address or a header is malformed.',
  '401': 'No valid access token, or an invalid code or token in the body.',
  '403': 'The access token does not have the scope of this operation.',
  '404': 'It does not exist, or not for this caller.',
  '409': 'The request conflicts with the current state.',
  '412': 'The resource has changed since the version in If-Match.',
  '413': 'The body is over 64 KiB.',
  '415': 'The body is not declared as JSON in UTF-8, or has a content coding.',
  '422': 'The request can never succeed as it is: see `errors`.',
  '429': 'Too many requests.',
  '503': 'Temporarily unavailable.',
} as const

/** Problems as responses of an operation, by status. */
export function problemResponses(
  ...statuses: readonly (keyof typeof problemDescriptions)[]
): Record<string, { $ref: string }> {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
  )
}

/** References to headers in the document's components. */
export function documentedHeaders(...names: readonly string[]): Record<string, { $ref: string }> {
  const written: Record<string, string> = { RetryAfter: 'Retry-After', XRequestId: 'X-Request-Id' }
  return Object.fromEntries(
    names.map((name) => [written[name] ?? name, { $ref: `#/components/headers/${name}` }]),
  )
}

/** The answer to a dry run: the events or the refusal of the command. */
const dryRunSchema = z
  .object({
    dryRun: z.literal(true),
    events: z.array(z.object({ type: z.string(), version: z.int(), data: z.unknown() })),
    refusal: z
      .looseObject({ code: z.string(), title: z.string(), status: z.int(), detail: z.string() })
      .nullable(),
    resource: z.unknown().openapi({ description: 'The resource as it would be; absent with a refusal.' }),
  })
  .openapi('DryRun')

/** A schema or null. `nullable()` of a named schema is lost in the document, which contains only the reference. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()])
}

/** A JSON response. */
export function jsonResponse(
  description: string,
  schema: z.ZodType,
  ...headers: readonly string[]
): DocumentedResponse {
  return {
    description,
    ...(headers.length > 0 && { headers: documentedHeaders(...headers) }),
    content: { 'application/json': { schema } },
  }
}

/** The responses of a command, beside the problems of every command (see `commandRoute`). */
export function commandResponses(answer: z.ZodType, { creates = false } = {}) {
  const dryRun = jsonResponse('With `dryRun=true`: what would happen.', dryRunSchema)
  return {
    ...(creates
      ? { '201': jsonResponse('Created.', answer, 'Location', 'ETag'), '200': dryRun }
      : {
          '200': jsonResponse(
            'Done; or, with `dryRun=true`, what would happen.',
            z.union([answer, dryRunSchema]),
            'ETag',
          ),
        }),
    ...problemResponses('403', '404', '409', '412'),
  }
}

/** The responses of a query. */
export function queryResponses(answer: DocumentedResponse): DocumentedResponses {
  return { '200': answer, ...problemResponses('400', '401', '403', '404', '422', '429', '503') }
}

/** Header parameters of commands, and of those that honour `Prefer: wait`; see `openapi.ts`. */
export const commandHeaders = ['IdempotencyKey', 'IfMatch', 'Traceparent'] as const
export const waitingCommandHeaders = [...commandHeaders, 'Prefer'] as const
