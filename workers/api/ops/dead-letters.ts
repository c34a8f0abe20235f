import { z } from '@hono/zod-openapi'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { SECOND } from '../../../shared/core/time.ts'
import { sendJson } from '../http/context.ts'
import { jsonResponse, problemResponses, queryResponses } from '../http/openapi/documented.ts'
import { commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendPage } from '../http/paging.ts'
import { folders, readKept, retryKept, whatOf } from './dead-letter-objects.ts'
import { lakeKeySchema } from './lake.ts'

/** Objects that are read at the same time: a Worker has six connections. */
const READ_AT_ONCE = 6
/** Retries at the same time: forwarders take them one after the other. */
const RETRIED_AT_ONCE = 6
/** A client waits so long (ms): what has not been begun by then is left for its next request. */
const BEGIN_WITHIN = 20 * SECOND
/** At most so many objects are counted as remaining. */
const MOST_COUNTED = 1_000

const prefix = lakeKeySchema.refine((value) => folders.some((folder) => value.startsWith(folder)), {
  message: `must begin with one of ${folders.join(' ')}`,
})
const deadLetterResource = z
  .object({
    key: z.string(),
    reason: z.string(),
    what: z.string().openapi({ example: 'order.OrderCreated ord_01939a2e-7a50-7c1e-9d54-0a5f7e0a3c11/1' }),
    from: z.string().openapi({ description: 'The sink that refused it, or the queue that it was in.' }),
    at: z.iso.datetime(),
    size: z.int().openapi({ description: 'Bytes.' }),
  })
  .openapi('DeadLetter')
const retriedResource = z
  .object({
    retried: z.int().openapi({ description: 'Objects whose content is on its way again.' }),
    failed: z.array(z.object({ key: z.string(), reason: z.string() })),
    remaining: z.int().openapi({
      description: `Objects that are still under the prefix, with those that failed; at most ${MOST_COUNTED} are counted.`,
    }),
    next: z.string().nullable().openapi({
      description: 'The last key that was looked at, where there are more behind it: for `after`.',
    }),
  })
  .openapi('DeadLettersRetried')

const about = { tag: 'ops', who: ['ops'], params: nothing } as const
/** Under which prefix, and after which key. */
const listPosition = z.tuple([z.int().min(0).max(folders.length), z.string()])

export const deadLetterRoutes = newApi()

deadLetterRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listSetAside',
    path: '/ops/set-aside',
    summary: 'What could not be delivered or worked off, and why; kept whole in the lake bucket',
    query: pageQuery.extend({
      prefix: prefix.optional().openapi({
        description: `Only keys that begin so; with one of ${folders.join(' ')}`,
        example: 'refused/sink=kafka:petrel-events/',
      }),
    }),
    responses: queryResponses(jsonResponse('Objects.', pageResource(deadLetterResource), 'Link')),
  }),
  async (c) => {
    const { prefix, limit, cursor } = c.req.valid('query')
    const { objects, next } = await listAll(c.env.LAKE, prefix === undefined ? folders : [prefix], {
      limit,
      position: decodeCursor(c, listPosition, cursor),
    })
    const data = await mapBounded(objects, READ_AT_ONCE, async ({ key, size, uploaded }) => {
      const kept = await readKept(c.env.LAKE, key)
      const about = { key, size, at: uploaded.toISOString() }
      if (kept === 'gone') return []
      if (kept === null) return [{ ...about, reason: 'unknown', what: 'unknown', from: 'unknown' }]
      const from = kept.kind === 'refused' ? kept.sink : kept.queue
      return [{ ...about, reason: kept.reason, what: whatOf(kept), from }]
    })
    const nextCursor = next && encodeCursor(c, next)
    return sendPage(c, data.flat(), nextCursor)
  },
)

deadLetterRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'retrySetAside',
    method: 'post',
    path: '/ops/set-aside/retry',
    summary: 'Brings what was set aside on its way again, once what stood against it is mended',
    description:
      'Refused events go to their sink, at their place in the ledger; messages go back to their queues. What is on its way is set aside no longer, so that a repetition finds only the rest.',
    query: nothing,
    body: z.strictObject({
      prefix: prefix.openapi({ description: 'A whole key is a prefix too.' }),
      limit: z.int().min(1).max(100).default(100).openapi({ description: 'Objects, at most.' }),
      after: lakeKeySchema.optional().openapi({ description: 'Only keys after this one.' }),
    }),
    responses: {
      '200': jsonResponse('What has come of it.', retriedResource),
      ...problemResponses('400', '401', '403', '413', '415', '422', '429', '503'),
    },
  }),
  async (c) => {
    const { prefix, limit, after } = c.req.valid('json')
    const { LAKE: lake } = c.env
    const { objects, truncated } = await lake.list({ prefix, limit, ...(after && { startAfter: after }) })
    const until = Date.now() + BEGIN_WITHIN
    // In their order: those that were not begun are the last ones.
    const outcomes = await mapBounded(objects, RETRIED_AT_ONCE, async ({ key }) =>
      Date.now() < until ? [{ key, reason: await retryKept(c.env, key) }] : [],
    )
    const begun = outcomes.flat()
    const failed = begun.flatMap(({ key, reason }) => (reason === null ? [] : [{ key, reason }]))
    const left = await lake.list({ prefix, limit: MOST_COUNTED })
    return sendJson(c, {
      retried: begun.length - failed.length,
      failed,
      remaining: left.objects.length,
      next: truncated || begun.length < objects.length ? (begun.at(-1)?.key ?? null) : null,
    })
  },
)

/** A page of objects under several prefixes, one after the other, and where the next page begins. */
async function listAll(
  lake: R2Bucket,
  prefixes: readonly string[],
  { limit, position }: { limit: number; position: z.infer<typeof listPosition> | null },
): Promise<{ objects: R2Object[]; next: [number, string] | null }> {
  const objects: R2Object[] = []
  let [index, startAfter] = position ?? [0, '']
  for (; index < prefixes.length; index += 1, startAfter = '') {
    if (objects.length === limit) return { objects, next: [index, ''] }
    const options = { prefix: prefixes[index] ?? '', limit: limit - objects.length }
    const listed = await lake.list({ ...options, ...(startAfter && { startAfter }) })
    objects.push(...listed.objects)
    if (listed.truncated) return { objects, next: [index, listed.objects.at(-1)?.key ?? startAfter] }
  }
  return { objects, next: null }
}
