import { z } from '@hono/zod-openapi'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { streamSchema } from '../../../shared/core/projection.ts'
import { instantSchema } from '../../../shared/core/time.ts'
import { newestComparison } from '../../read-models/compare.ts'
import { conditionOf } from '../../read-models/condition.ts'
import { countStreams, newestRebuild, startRebuild } from '../../read-models/rebuild.ts'
import { sendJson } from '../http/context.ts'
import { jsonResponse, orNull, queryResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'

/** The resource of a rebuild. */
export const rebuildResource = z
  .object({
    id: z.string(),
    startedAt: instantSchema,
    finishedAt: instantSchema.nullable().openapi({ description: 'Null while it is running.' }),
    steps: z.int(),
    streams: z.int().openapi({ description: 'Aggregates processed so far.' }),
    shard: z.int().openapi({ description: 'The forwarder whose aggregates are being processed.' }),
  })
  .openapi('Rebuild')
const rebuildPreview = z
  .object({
    dryRun: z.literal(true),
    streams: z.int().openapi({ description: 'Aggregates whose rows would be rebuilt.' }),
    complete: z.boolean().openapi({ description: 'False if counting stopped early: there are more.' }),
  })
  .openapi('RebuildPreview')
/** The state of the rows of one kind of aggregate. */
export const modelCondition = z.object({
  kind: z.string(),
  rows: z.int(),
  lastFault: z.object({ id: z.string(), fault: z.string(), at: instantSchema }).nullable().openapi({
    description: 'The last aggregate whose projection failed; it is retried automatically.',
  }),
})
/** The resource of a comparison. */
const comparisonResource = z
  .object({
    id: z.string(),
    startedAt: instantSchema,
    finishedAt: instantSchema.nullable().openapi({ description: 'Null while it is running.' }),
    streams: z.int().openapi({ description: 'Aggregates compared.' }),
    missing: z.int().openapi({ description: 'Missing rows, which were written.' }),
    stale: z.int().openapi({ description: 'Rows older than the forwarded version, which were rewritten.' }),
    damaged: z.array(streamSchema).openapi({
      description: 'Aggregates whose logs lack forwarded events; at most 20 are listed.',
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
    summary: 'Reads the state of the lists: rows, last faults, and the newest rebuild',
    description:
      'Lists are projected from events. Rows that are missing or stale are repaired by a comparison that runs by itself.',
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
    summary: 'Rebuilds the rows of all lists from the logs, online',
    description: 'A running rebuild is not restarted; one that has stalled resumes.',
    query: commandQuery,
    body: nothing,
    responses: {
      '202': jsonResponse('It is running; see getProjections.', rebuildResource),
      '200': jsonResponse('With `dryRun=true`: the size of the rebuild.', rebuildPreview),
    },
  }),
  async (c) => {
    if (c.req.valid('query').dryRun === true)
      return sendJson(c, { dryRun: true, ...(await countStreams(c.env)) })
    await clock.sync(c.env)
    return sendJson(c, await startRebuild(c.env), 202)
  },
)
