import { z } from '@hono/zod-openapi'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { streamSchema } from '../../../shared/core/projection.ts'
import { instantSchema } from '../../../shared/core/time.ts'
import { newestComparison } from '../../read-models/compare.ts'
import { conditionOf } from '../../read-models/condition.ts'
import { countStreams, newestRebuild, startRebuild } from '../../read-models/rebuild.ts'
import { sendJson } from '../http/context.ts'
import { jsonResponse, orNull, problemResponses, queryResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'

/** A rebuild as clients see it. */
export const rebuildResource = z
  .object({
    id: z.string(),
    startedAt: instantSchema,
    finishedAt: instantSchema.nullable().openapi({ description: 'Null while it is under way.' }),
    steps: z.int(),
    streams: z.int().openapi({ description: 'Aggregates that it has gone through.' }),
    shard: z.int().openapi({ description: 'The forwarder whose aggregates it goes through.' }),
  })
  .openapi('Rebuild')
const rebuildPreview = z
  .object({
    dryRun: z.literal(true),
    streams: z.int().openapi({ description: 'Aggregates whose rows would be made anew.' }),
    complete: z.boolean().openapi({ description: 'False: there are more than were counted.' }),
  })
  .openapi('RebuildPreview')
/** How the rows of one kind of aggregate stand. */
export const modelCondition = z.object({
  kind: z.string(),
  rows: z.int(),
  lastFault: z.object({ id: z.string(), fault: z.string(), at: instantSchema }).nullable().openapi({
    description: 'The last aggregate that could not be projected at once; it is tried again by itself.',
  }),
})
/** A comparison as clients see it. */
export const comparisonResource = z
  .object({
    id: z.string(),
    startedAt: instantSchema,
    finishedAt: instantSchema.nullable().openapi({ description: 'Null while it is under way.' }),
    streams: z.int().openapi({ description: 'Aggregates that were compared.' }),
    missing: z.int().openapi({ description: 'Rows that were missing, and are written.' }),
    stale: z.int().openapi({ description: 'Rows of an older version than was forwarded, and are written.' }),
    damaged: z.array(streamSchema).openapi({
      description: 'Aggregates whose logs lack events that were forwarded; at most 20 are named.',
    }),
  })
  .openapi('Comparison')
const projectionsResource = z
  .object({
    models: z.array(modelCondition),
    rebuild: orNull(rebuildResource).openapi({ description: 'The newest.' }),
    comparison: orNull(comparisonResource).openapi({
      description: 'The newest comparison of rows with what forwarders have seen; daily.',
    }),
  })
  .openapi('Projections')

const about = { tag: 'ops', who: ['ops'], params: nothing } as const

export const projectionRoutes = newApi()

projectionRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'getProjections',
    path: '/ops/projections',
    summary: 'How many rows the lists have, what went wrong last, and how far a rebuild has come',
    query: nothing,
    responses: queryResponses(jsonResponse('The state of the lists.', projectionsResource)),
  }),
  async (c) => {
    const { DATABASE: database } = c.env
    const [models, rebuild, comparison] = await Promise.all([
      conditionOf(database),
      newestRebuild(database),
      newestComparison(database),
    ])
    return sendJson(c, { models, rebuild, comparison })
  },
)

projectionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'rebuildProjections',
    method: 'post',
    path: '/ops/projections/rebuild',
    summary: 'Makes the rows of all lists anew from the logs, while they are read and written',
    description:
      'One that is under way is not started again: it goes on where it stands, should it have come to a halt.',
    query: commandQuery,
    body: nothing,
    responses: {
      '202': jsonResponse('It is under way; see getProjections.', rebuildResource),
      '200': jsonResponse('With `dryRun=true`: how much there is to do.', rebuildPreview),
      ...problemResponses('400', '401', '403', '413', '415', '422', '429', '503'),
    },
  }),
  async (c) => {
    if (c.req.valid('query').dryRun === true)
      return sendJson(c, { dryRun: true, ...(await countStreams(c.env)) })
    await clock.sync(c.env)
    return sendJson(c, await startRebuild(c.env), 202)
  },
)
