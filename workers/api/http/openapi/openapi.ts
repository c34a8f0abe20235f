import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from '../context.ts'
import { documentedHeaders, problemDescriptions, problemSchema } from './documented.ts'

/** Parts of the document that many operations refer to. */
const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'The same key and body again give the same answer, and nothing happens twice; kept for at least 24 hours. Use a random one (a UUID): without an access token a key belongs to the address and the client that it came from.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The ETag of the version that the command is meant for. Another one is 412 `version_conflict`.',
    schema: { type: 'string', maxLength: 1_000 },
    example: '"3"',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The ETag of the version that is known already.',
    schema: { type: 'string', maxLength: 1_000 },
    example: '"3"',
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: '`wait=N` answers when the process has settled, or after N seconds (at most 30).',
    schema: { type: 'string', maxLength: 1_000 },
    example: 'wait=10',
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    description:
      'W3C Trace Context; goes with every event that follows. One that is not well-formed is passed over.',
    schema: { type: 'string', maxLength: 1_000 },
  },
} as const

const headers = {
  ETag: { description: 'The version, as an entity tag.', schema: { type: 'string' }, example: '"3"' },
  Location: { description: 'Where the new resource is.', schema: { type: 'string' } },
  Link: { description: 'The next page (`rel="next"`).', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer' } },
} as const

const tags = [
  { name: 'products', description: 'What is for sale.' },
  { name: 'inventory', description: 'What there is of it, one stock per SKU.' },
  { name: 'promotions', description: 'What it may be had for less with.' },
  { name: 'customers', description: 'Who buys.' },
  { name: 'sessions', description: 'Logging in with a mailed code.' },
  { name: 'carts', description: 'What somebody means to buy.' },
  { name: 'orders', description: 'What was bought, and the checkout process.' },
  { name: 'payments', description: 'Each try to charge an order, and its refunds.' },
  { name: 'deliveries', description: 'Parcels on their way.' },
  { name: 'reviews', description: 'What buyers say of what they got.' },
  { name: 'ops', description: 'For those who run Petrel.' },
]

/** Adds what the operations of an application refer to. */
export function registerComponents({ openAPIRegistry: registry }: OpenAPIHono<ApiEnv>): void {
  for (const [name, parameter] of Object.entries(parameters))
    registry.registerComponent('parameters', name, parameter)
  for (const [name, header] of Object.entries(headers)) registry.registerComponent('headers', name, header)
  registry.register('Problem', problemSchema)
  for (const [status, description] of Object.entries(problemDescriptions))
    registry.registerComponent('responses', `Problem${status}`, {
      description,
      ...((status === '429' || status === '503') && { headers: documentedHeaders('RetryAfter') }),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    })
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
        'Signs the body: HMAC-SHA-256 with a secret that only the sender and this deployment know.',
    })
}

/** How senders of webhooks are known. */
const webhookSignatures = { stripeSignature: 'Stripe-Signature', carrierSignature: 'Petrel-Signature' }

/** The OpenAPI 3.1 document of an application. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Petrel',
      version: '0.1.0',
      description:
        'An event-sourced commerce backend. Money is a whole number of minor units with its currency; times are RFC 3339 in UTC; problems are RFC 9457 and explained at /problems.',
    },
    servers: [{ url: '/' }],
    tags,
  })
}
export type OpenApiDocument = ReturnType<typeof openApiDocument>
