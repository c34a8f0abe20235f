import { z } from '@hono/zod-openapi'
import { clock, isClockAdjustable } from '../../../durable-objects/sandbox/clock.ts'
import { readMailbox } from '../../../durable-objects/sandbox/mailbox.ts'
import { instantSchema } from '../../../shared/core/time.ts'
import { normalizeEmail } from '../../../shared/email-address/normalize-email.ts'
import { type ApiContext, sendJson } from '../http/context.ts'
import { developmentOnly } from '../http/middleware.ts'
import { jsonResponse, queryResponses } from '../http/openapi/documented.ts'
import { commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendPage } from '../http/paging.ts'
import { invalidRequest, notFound } from '../http/problems.ts'
import { durationFrom } from './durations.ts'

const mailPosition = z.tuple([instantSchema, z.int()])
const mailResource = z
  .object({
    to: z.string(),
    subject: z.string(),
    template: z.string(),
    variables: z.record(z.string(), z.string()),
    text: z.string(),
    html: z.string(),
    sentAt: instantSchema,
  })
  .openapi('Mail')
const clockResource = z.object({ now: instantSchema }).openapi('Clock')
const advancedClock = clockResource
  .extend({
    failed: z
      .array(z.object({ kind: z.string(), id: z.string(), dueAt: instantSchema, error: z.string() }))
      .optional()
      .openapi({ description: 'Aggregates that could not be woken; their timers stay due.' }),
  })
  .openapi('AdvancedClock')

const about = { tag: 'ops', who: ['ops'], params: nothing } as const

export const sandboxRoutes = newApi()

sandboxRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'readMailbox',
    path: '/ops/mailbox',
    summary: 'Lists sent mails, newest first; only in development',
    description:
      'Holds what the sandbox mailer would have sent, with the variables that its template was given, such as `token` and `code`.',
    query: pageQuery.extend({
      to: z.string().max(320).optional().openapi({ description: 'Only to this address.' }),
    }),
    responses: queryResponses(jsonResponse('Mails.', pageResource(mailResource), 'Link')),
    middleware: [developmentOnly],
  }),
  async (c) => {
    const { to, limit, cursor } = c.req.valid('query')
    const address = to === undefined ? undefined : (normalizeEmail(to) ?? to)
    const after = decodeCursor(c, mailPosition, cursor)
    const { data, next } = await readMailbox(c.env.DATABASE, { to: address, limit, after })
    const nextCursor = next && encodeCursor(c, next)
    return sendPage(c, data, nextCursor)
  },
)

sandboxRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'getClock',
    path: '/ops/clock',
    summary: "Reads the deployment's time; only in development",
    description: "It is the platform's clock plus what `advanceClock` has added.",
    query: nothing,
    responses: queryResponses(jsonResponse('The time.', clockResource)),
    middleware: [developmentOnly],
  }),
  async (c) => {
    await clock.sync(c.env)
    return sendJson(c, { now: clock.now() })
  },
)

sandboxRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'advanceClock',
    method: 'post',
    path: '/ops/clock/advance',
    summary: "Advances the deployment's time; timers that fall due fire in order. Only in development",
    description:
      'The clock never goes back. The answer is sent when the timers that fell due have fired; `failed` lists those that did not.',
    query: nothing,
    body: z.strictObject({ by: z.string().max(100).openapi({ description: 'ISO 8601.', example: 'PT30M' }) }),
    responses: { '200': jsonResponse('The new time.', advancedClock) },
    middleware: [developmentOnly],
  }),
  (c) => advanceClock(c, c.req.valid('json').by),
)

async function advanceClock(c: ApiContext, by: string): Promise<Response> {
  if (!isClockAdjustable(c.env)) throw notFound("This deployment follows the platform's clock.")
  await clock.sync(c.env)
  const milliseconds = durationFrom(clock.now(), by)
  if (milliseconds === null)
    throw invalidRequest({
      pointer: '/by',
      code: 'invalid_duration',
      detail: 'This is not an ISO 8601 duration that ends before 2100, such as PT30M or P1D.',
    })
  const { now, failed } = await c.env.CLOCK.getByName('clock').advance(milliseconds)
  // The clock object may live in another isolate.
  clock.setOffset(Date.parse(now) - Date.now())
  return sendJson(c, { now, ...(failed.length > 0 && { failed }) })
}
