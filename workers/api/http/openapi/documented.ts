import { z } from '@hono/zod-openapi'
import { problemCatalog, problemEntry } from './problem-catalog.ts'

/** A response in the OpenAPI document. Loosely typed: what handlers send is checked where it is rendered. */
export interface DocumentedResponse {
  description: string
  headers?: Record<string, { $ref: string }>
  content?: Record<string, { schema: z.ZodType | { $ref: string } | ProblemShape }>
}

/** The schema of a problem of one status, with the codes that it can have. */
type ProblemShape = {
  allOf: [
    { $ref: string },
    {
      type: 'object'
      required: ['status', 'code']
      properties: { status: { type: 'integer'; const: number }; code: { type: 'string'; enum: string[] } }
    },
  ]
}

/** The response of an operation with the problems of one status. */
type ProblemResponse = {
  description: string
  headers?: Record<string, { $ref: string }>
  content: { 'application/problem+json': { schema: ProblemShape } }
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

/** Every problem code. */
export const problemCodeSchema = z
  .enum([...problemCatalog.keys()])
  .openapi('ProblemCode', { description: 'The kind of problem, for programs: /problems/{code} explains it.' })

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
    code: problemCodeSchema,
    traceId: z.string(),
    errors: z.array(problemError).max(20).optional(),
    moreErrors: z.int().optional().openapi({ description: 'How many faults `errors` leaves out.' }),
  })
  .openapi('Problem')

/** When a problem of each status is answered. */
const problemDescriptions: Readonly<Record<string, string>> = {
  '400': 'The body is not JSON in UTF-8, or the address or a header is malformed.',
  '401': 'No valid access token or signature, or an invalid code or token in the body.',
  '403': 'The caller may not do this.',
  '404': 'It does not exist, or not for this caller.',
  '409': 'The request conflicts with the current state.',
  '412': 'The resource has changed since the version in If-Match.',
  '413': 'The body is over 64 KiB.',
  '415': 'The body is not declared as JSON in UTF-8, or has a content coding.',
  '422': 'The request can never succeed as it is: see `errors`.',
  '429': 'Too many requests.',
  '500': 'A defect of the server.',
  '503': 'Temporarily unavailable.',
}

/** Sets of codes that many operations share, by the name of their response in the document's components. */
const sharedProblems: Readonly<Record<string, readonly string[]>> = {
  MalformedAddress: ['malformed_address'],
  MalformedRequest: ['malformed_address', 'malformed_json'],
  MalformedCommand: ['invalid_header', 'malformed_address', 'malformed_json'],
  Unauthenticated: ['unauthenticated'],
  InsufficientScope: ['insufficient_scope'],
  NotFound: ['not_found'],
  CustomerNotActive: ['customer_not_active'],
  VersionConflict: ['version_conflict'],
  PayloadTooLarge: ['payload_too_large'],
  UnsupportedMediaType: ['unsupported_media_type'],
  InvalidRequest: ['card_number_rejected', 'invalid_request'],
  InvalidCommand: ['card_number_rejected', 'idempotency_key_reused', 'invalid_request'],
  RateLimited: ['rate_limited'],
  Internal: ['internal'],
  Unavailable: ['not_configured', 'unavailable'],
  ResourceUnavailable: ['damaged', 'not_configured', 'unavailable'],
}
const sharedNames = new Map(Object.entries(sharedProblems).map(([name, codes]) => [codes.join(), name]))

/** The problem responses that operations refer to, by name. */
export function sharedProblemResponses(): [string, ProblemResponse][] {
  return Object.entries(sharedProblems).map(([name, codes]) => [
    name,
    problemResponse(problemEntry(codes[0] ?? '').status, codes),
  ])
}

/** The responses of an operation that can answer with these problem codes, by status. */
export function problemResponses(codes: readonly string[]): DocumentedResponses {
  const byStatus = Map.groupBy([...new Set(codes)].sort(), (code) => problemEntry(code).status)
  return Object.fromEntries(
    [...byStatus].map(([status, some]): [string, DocumentedResponse | { $ref: string }] => {
      const name = sharedNames.get(some.join())
      return [
        String(status),
        name === undefined ? problemResponse(status, some) : { $ref: `#/components/responses/${name}` },
      ]
    }),
  )
}

function problemResponse(status: number, codes: readonly string[]): ProblemResponse {
  const list = codes.map((code) => `- \`${code}\`: ${problemEntry(code).title}`)
  return {
    description: [problemDescriptions[status] ?? '', '', ...list].join('\n'),
    ...((status === 429 || status === 503) && { headers: documentedHeaders('RetryAfter') }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              required: ['status', 'code'],
              properties: {
                status: { type: 'integer', const: status },
                code: { type: 'string', enum: [...codes] },
              },
            },
          ],
        },
      },
    },
  }
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
      .looseObject({ code: problemCodeSchema, title: z.string(), status: z.int(), detail: z.string() })
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

/** The responses of a command, beside its problems. */
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
  }
}

/** The responses of a query, beside its problems. */
export function queryResponses(answer: DocumentedResponse): DocumentedResponses {
  return { '200': answer }
}

/** Header parameters of commands, and of those that honour `Prefer: wait`; see `openapi.ts`. */
export const commandHeaders = ['IdempotencyKey', 'IfMatch', 'Traceparent'] as const
export const waitingCommandHeaders = [...commandHeaders, 'Prefer'] as const
