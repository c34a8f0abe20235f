import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { ApiEnv } from '../context.ts'
import { describeMembers, describeParameter } from './describe-members.ts'
import { problemSchema, sharedProblemResponses } from './documented.ts'
import { addExamples } from './examples/add-examples.ts'
import { relaxListedEntry } from './listed-entries.ts'

/** Components that operations refer to. */
const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Repeating a request with the same key and body returns the same answer and has no second effect, for at least 24 hours. Use a random key (a UUID): without an access token, keys are scoped by IP address and client.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The ETag of the version that the command is meant for. If the resource has another version, the answer is 412 `version_conflict`.',
    schema: { type: 'string', maxLength: 1_000 },
    example: '"3"',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The ETag of the version that the client has.',
    schema: { type: 'string', maxLength: 1_000 },
    example: '"3"',
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description:
      '`wait=N` delays the answer until the process has settled, for at most N seconds (up to 30).',
    schema: { type: 'string', maxLength: 1_000 },
    example: 'wait=10',
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    description: 'W3C Trace Context; propagated to every resulting event. Ignored if malformed.',
    schema: { type: 'string', maxLength: 1_000 },
  },
} as const

const headers = {
  ETag: { description: 'The version, as an entity tag.', schema: { type: 'string' }, example: '"3"' },
  Location: { description: 'The path of the new resource.', schema: { type: 'string' } },
  Link: { description: 'The next page (`rel="next"`).', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer' } },
} as const

const tags = [
  { name: 'products', description: 'Products and their prices.' },
  { name: 'inventory', description: 'Stock, by SKU and location.' },
  { name: 'promotions', description: 'Promotion codes and their terms.' },
  { name: 'customers', description: 'Registration, profile, loyalty and erasure.' },
  { name: 'sessions', description: 'Log-in with a mailed code.' },
  { name: 'carts', description: 'Carts of customers and guests.' },
  { name: 'orders', description: 'Orders and the checkout process.' },
  { name: 'payments', description: 'Payment attempts, refunds and disputes.' },
  { name: 'deliveries', description: 'Parcels and their tracking.' },
  { name: 'reviews', description: 'Product reviews by buyers.' },
  { name: 'ops', description: 'Operation of the deployment.' },
]

/** Registers the components that operations refer to. */
export function registerComponents({ openAPIRegistry: registry }: OpenAPIHono<ApiEnv>): void {
  for (const [name, parameter] of Object.entries(parameters))
    registry.registerComponent('parameters', name, parameter)
  for (const [name, header] of Object.entries(headers)) registry.registerComponent('headers', name, header)
  registry.register('Problem', problemSchema)
  for (const [name, response] of sharedProblemResponses())
    registry.registerComponent('responses', name, response)
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A token from `verifyEmail` or `completeSession`, or from the configured OIDC issuer. Scopes: `customer`, `operator`, `ops`.',
  })
  for (const [name, header] of Object.entries(webhookSignatures))
    registry.registerComponent('securitySchemes', name, {
      type: 'apiKey',
      in: 'header',
      name: header,
      description:
        'A signature of the body: HMAC-SHA-256 with a secret shared by the sender and this deployment.',
    })
}

/** The signature headers of webhook senders. */
const webhookSignatures = { stripeSignature: 'Stripe-Signature', carrierSignature: 'Petrel-Signature' }

const bodyWithoutMembers = z.object({
  content: z.object({
    'application/json': z.object({
      schema: z.looseObject({
        properties: z.strictObject({}),
        additionalProperties: z.literal(false),
      }),
    }),
  }),
})

/** The OpenAPI 3.1 document of an application. An operation without fields takes no body, though `{}` is accepted. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>) {
  const document = generatedDocument(app)
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    describeMembers(schema, [name])
    relaxListedEntry(name, schema)
  }
  for (const item of Object.values(document.paths ?? {}))
    for (const method of methods) {
      const operation = item[method]
      if (bodyWithoutMembers.safeParse(operation?.requestBody).success) delete operation?.requestBody
      describeOperation(operation)
      addExamples(operation)
    }
  return document
}

const describedShape = z.object({
  operationId: z.string(),
  parameters: z.array(z.unknown()).default([]),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.unknown()),
})
const contentShape = z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) })

/** Says what the parameters, and the members of the request and of the answers, mean. */
function describeOperation(operation: unknown): void {
  // Parsed parts are copies, except for what is unknown: those are the document's own.
  const found = describedShape.safeParse(operation).data
  if (!found) return
  const { operationId, parameters, requestBody, responses } = found
  for (const parameter of parameters) describeParameter(parameter, operationId)
  for (const part of [requestBody, ...Object.values(responses)])
    for (const { schema } of Object.values(contentShape.safeParse(part).data?.content ?? {}))
      describeMembers(schema, [operationId])
}

const methods = ['get', 'post', 'patch', 'delete'] as const

function generatedDocument(app: OpenAPIHono<ApiEnv>) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Petrel',
      version: '0.1.0',
      license: { name: 'All rights reserved' },
      description:
        'An event-sourced commerce backend. Money is an integer of minor units with its currency; times are RFC 3339 in UTC; problems are RFC 9457 and explained at /problems.',
    },
    servers: [{ url: '/' }],
    tags,
  })
}
export type OpenApiDocument = ReturnType<typeof openApiDocument>
