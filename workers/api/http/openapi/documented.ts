import { z } from '@hono/zod-openapi'
import type { DocumentedResponse, DocumentedResponses } from '../operation.ts'

const problemError = z.object({
  pointer: z
    .string()
    .optional()
    .openapi({ description: 'Into the body (RFC 6901).', example: '/lines/0/sku' }),
  parameter: z.string().optional().openapi({ description: 'Instead of it: a query parameter or a header.' }),
  code: z.string(),
  detail: z.string(),
})

/** What the document says of a problem (RFC 9457); facts of a kind of problem stand beside these members. */
export const problemSchema = z
  .looseObject({
    type: z.string().openapi({
      format: 'uri-reference',
      description: 'The same for every problem of this kind; a page that explains it.',
    }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().openapi({ example: 'version_conflict' }),
    traceId: z.string(),
    errors: z.array(problemError).max(20).optional(),
    moreErrors: z
      .int()
      .optional()
      .openapi({ description: 'How many more faults there are than `errors` names.' }),
  })
  .openapi('Problem')

/** Problems by status. */
export const problemDescriptions = {
  '400': 'The body is not JSON in UTF-8, or the address or a header does not have its form.',
  '401': 'No valid access token, or a proof (a code, a token) that does not hold.',
  '403': 'The access token does not have the scope of this operation.',
  '404': 'Not there, or not for this caller.',
  '409': 'It contradicts the present state.',
  '412': 'The resource has changed since the version in If-Match.',
  '413': 'The body is over 64 KiB.',
  '415': 'The body is not declared as JSON in UTF-8, or it is coded.',
  '422': 'The request can never succeed as it is: see `errors`.',
  '429': 'Too many requests.',
  '503': 'The resource cannot answer at the moment.',
} as const

/** Problems as responses of an operation, by status. */
export function problemResponses(
  ...statuses: readonly (keyof typeof problemDescriptions)[]
): Record<string, { $ref: string }> {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
  )
}

/** References to headers among the document's components. */
export function documentedHeaders(...names: readonly string[]): Record<string, { $ref: string }> {
  const written: Record<string, string> = { RetryAfter: 'Retry-After', XRequestId: 'X-Request-Id' }
  return Object.fromEntries(
    names.map((name) => [written[name] ?? name, { $ref: `#/components/headers/${name}` }]),
  )
}

/** What a dry run answers: the events and the refusal that the command would come to. */
export const dryRunSchema = z
  .object({
    dryRun: z.literal(true),
    events: z.array(z.object({ type: z.string(), version: z.int(), data: z.unknown() })),
    refusal: z
      .looseObject({ code: z.string(), title: z.string(), status: z.int(), detail: z.string() })
      .nullable(),
    resource: z.unknown().openapi({ description: 'The resource as it would be; missing with a refusal.' }),
  })
  .openapi('DryRun')

/**
 * A schema or null. `nullable()` of a schema that has a name in the document gets lost there: the reference alone
 * stands, which takes no null.
 */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()])
}

/** An answer in JSON. */
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

/** The responses of a command whose answer has this schema. */
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
    ...problemResponses('400', '401', '403', '404', '409', '412', '413', '415', '422', '429', '503'),
  }
}

/** The responses of an operation that reads. */
export function queryResponses(answer: DocumentedResponse): DocumentedResponses {
  return { '200': answer, ...problemResponses('400', '401', '403', '404', '422', '429', '503') }
}

/** Header parameters of commands, and of commands that may be waited for; see `openapi.ts`. */
export const commandHeaders = ['IdempotencyKey', 'IfMatch', 'Traceparent'] as const
export const waitingCommandHeaders = [...commandHeaders, 'Prefer'] as const
