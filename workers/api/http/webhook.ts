import { createRoute, z } from '@hono/zod-openapi'
import type { Env } from '../../../durable-objects/env.ts'
import { type SignatureFault, verifySignature } from './auth/signatures.ts'
import type { ApiContext } from './context.ts'
import { jsonResponse, problemResponses } from './openapi/documented.ts'
import { problemCodesOf } from './openapi/operation-problems.ts'
import { enter } from './operation.ts'
import { invalidRequest, Problem } from './problems.ts'
import { bodyBytes, decoded, parsed } from './request/body.ts'
import { textErrors } from './request/body-text.ts'

/** How a webhook sender authenticates; see `verifySignature`. */
export interface WebhookSender {
  /** The header with the signature. */
  readonly header: string
  /** The setting that holds the secret which the sender signs with. */
  readonly setting: string & keyof Env
  /** The name of the scheme among the document's security schemes; see `openapi.ts`. */
  readonly scheme: string
}

interface WebhookDefinition<Path extends string> {
  readonly operationId: string
  readonly path: Path
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly sender: WebhookSender
  /** The documented schema of the body; without it any object, documented by the sender. */
  readonly body?: z.ZodType
}

const jsonSchema = z.looseObject({ properties: z.record(z.string(), z.looseObject({})) })

/** The schema of a body for the document only: a zod schema would be validated before the signature. */
function documented(body: z.ZodType) {
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: 'input' })
  return { type: 'object' as const, ...jsonSchema.parse(schema) }
}

/** The definition of a webhook; its body is read by `signedBody`. */
export function webhookRoute<const Path extends string>(definition: WebhookDefinition<Path>) {
  const { operationId, path, tag, summary, description, sender, body } = definition
  return createRoute({
    operationId,
    method: 'post',
    path,
    tags: [tag],
    summary,
    description,
    security: [{ [sender.scheme]: [] }],
    parameters: [
      {
        name: sender.header,
        in: 'header',
        required: true,
        description: 't=<Unix seconds>,v1=<hex of HMAC-SHA-256 over "<t>.<body>">, at most five minutes old.',
        schema: { type: 'string', maxLength: 1_000 },
      },
    ],
    request: {
      // Documented but not validated: nothing in a body is read before its signature is verified.
      body: {
        required: true,
        content: {
          'application/json': {
            schema: body ? documented(body) : { type: 'object', additionalProperties: true },
          },
        },
      },
    },
    responses: {
      '200': jsonResponse(
        'Accepted, or not relevant here; do not send it again.',
        z.object({ received: z.literal(true) }),
      ),
      ...problemResponses(
        problemCodesOf({
          ...{ operationId, tag, who: 'anyone', isCommand: true, headers: [] },
          ...{ hasPathParameters: false, refusesInactive: false },
        }),
      ),
    },
    middleware: [enter(operationId, 'anyone')],
  })
}

/**
 * The JSON body of a webhook, after its signature is verified. Its fields belong to another system, so any text may have
 * several lines, and it is not searched for card numbers: foreign ids can look like one, and only what an operation
 * reads from the body is stored.
 *
 * @throws Problem `not_configured` without a secret, `webhook_signature_invalid`, `malformed_json`, and `invalid_request` for
 * what is no text
 */
export async function signedBody(c: ApiContext, { header, setting }: WebhookSender): Promise<unknown> {
  const secret = c.env[setting]
  if (typeof secret !== 'string' || secret === '')
    throw new Problem(
      'not_configured',
      `This deployment does not accept such webhooks: ${setting} is not set.`,
    )
  const body = await bodyBytes(c)
  const fault = verifySignature({ header: c.req.header(header), body, secret, now: Date.now() })
  if (fault)
    throw new Problem('webhook_signature_invalid', `${header}: ${faultDetails[fault]}`, {
      facts: { fault },
      headers: { 'WWW-Authenticate': 'Signature realm="petrel"' },
    })
  const value = parsed(decoded(body))
  const errors = textErrors(value, 'lines')
  if (errors.length > 0) throw invalidRequest(...errors)
  return value
}

const faultDetails: Readonly<Record<SignatureFault, string>> = {
  missing: 'the header is missing.',
  malformed: 'it needs a timestamp t and at least one signature v1.',
  mismatch: 'no signature matches this body.',
  too_old: 'the signature is older than five minutes.',
  from_the_future: 'the timestamp is more than five minutes in the future.',
}
