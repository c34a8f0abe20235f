import { z } from '@hono/zod-openapi'
import { anyAggregateStub } from '../../../durable-objects/addressing.ts'
import { findParked, listParked } from '../../../durable-objects/aggregate/effects/parked-effects.ts'
import { instantSchema } from '../../../shared/core/time.ts'
import { sendJson } from '../http/context.ts'
import { jsonResponse, queryResponses } from '../http/openapi/documented.ts'
import { commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendPage } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { withTimeout } from '../http/timeout.ts'

const parkedResource = z
  .object({
    id: z.string(),
    kind: z.string(),
    aggregateId: z.string(),
    effectId: z.string(),
    description: z.string(),
    attempts: z.int(),
    error: z.string(),
    parkedAt: instantSchema,
  })
  .openapi('ParkedEffect')
const parkedPosition = z.tuple([z.string(), z.string()])

const about = { tag: 'ops', who: ['ops'] } as const

export const parkedEffectRoutes = newApi()

parkedEffectRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listParked',
    path: '/ops/parked',
    params: nothing,
    summary: 'Lists side effects that failed permanently or too often, oldest first',
    description:
      'A side effect is a mail, a charge, a booking or a command to another aggregate. One that is parked holds up no other.',
    query: pageQuery,
    responses: queryResponses(jsonResponse('Parked effects.', pageResource(parkedResource), 'Link')),
  }),
  async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const position = decodeCursor(c, parkedPosition, cursor)
    const after = position && { parkedAt: position[0], id: position[1] }
    const found = await listParked(c.env.DATABASE, { limit: limit + 1, ...(after && { after }) })
    const data = found.slice(0, limit)
    const last = data.at(-1)
    const nextCursor = last && found.length > limit ? encodeCursor(c, [last.parkedAt, last.id]) : null
    return sendPage(c, data, nextCursor)
  },
)

parkedEffectRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'retryParked',
    method: 'post',
    path: '/ops/parked/{id}/retry',
    summary: 'Retries a parked effect',
    description: 'It runs again in a moment; if it fails again, it is parked again.',
    params: z.strictObject({ id: z.uuid() }),
    query: nothing,
    body: nothing,
    responses: {
      '200': jsonResponse('The effect is being retried.', parkedResource),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const parked = await findParked(c.env.DATABASE, id)
    if (!parked) throw notFound(`There is no parked effect ${id}.`)
    // An effect stays in the register until it succeeds, so a concurrent retry is not an error.
    await withTimeout(anyAggregateStub(c.env, parked.kind, parked.aggregateId).retryParked(parked.effectId))
    return sendJson(c, parked)
  },
)
