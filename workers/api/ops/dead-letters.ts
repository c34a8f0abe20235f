import { z } from '@hono/zod-openapi'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { SECOND } from '../../../shared/core/time.ts'
import { sendJson } from '../http/context.ts'
import { jsonResponse, queryResponses } from '../http/openapi/documented.ts'
import { commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendPage } from '../http/paging.ts'
import { describeDeadLetter, folders, readDeadLetter, retryDeadLetter } from './dead-letter-objects.ts'
import { lakeKeySchema } from './lake.ts'
import { lakePage } from './lake-page.ts'

/** A Worker has six connections. */
const READ_CONCURRENCY = 6
/** Forwarders run them one at a time. */
const RETRY_CONCURRENCY = 6
/** Retries that have not started by then are left for the next request. */
const START_TIMEOUT_MS = 20 * SECOND
const MAX_COUNTED = 1_000

const prefix = lakeKeySchema.refine((value) => folders.some((folder) => value.startsWith(folder)), {
  message: `must begin with one of ${folders.join(' ')}`,
})
const deadLetterResource = z
  .object({
    key: z.string(),
    reason: z.string(),
    what: z.string().openapi({ example: 'order.OrderCreated ord_01939a2e-7a50-7c1e-9d54-0a5f7e0a3c11/1' }),
    from: z
      .string()
      .openapi({ description: 'The sink that refused the event, or the queue of the message.' }),
    at: z.iso.datetime(),
    size: z.int().openapi({ description: 'Bytes.' }),
  })
  .openapi('DeadLetter')
const retriedResource = z
  .object({
    retried: z.int().openapi({ description: 'Dead letters that were retried, and deleted.' }),
    failed: z.array(z.object({ key: z.string(), reason: z.string() })),
    remaining: z.int().openapi({
      description: `Dead letters left under the prefix, including failed ones; at most ${MAX_COUNTED} are counted.`,
    }),
    next: z.string().nullable().openapi({
      description: 'The last key that was processed, if there are more: for `after`.',
    }),
  })
  .openapi('DeadLettersRetried')

const about = { tag: 'ops', who: ['ops'], params: nothing } as const
/** The index of a prefix, and the last key of the page. */
const listPosition = z.tuple([z.int().min(0).max(folders.length), z.string()])

export const deadLetterRoutes = newApi()

deadLetterRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listDeadLetters',
    path: '/ops/set-aside',
    summary: 'Lists dead letters: events and messages that could not be delivered, and why',
    description: 'A dead letter is stored in the lake until it is retried. Its cause has to be fixed first.',
    query: pageQuery.extend({
      prefix: prefix.optional().openapi({
        description: `Only keys with this prefix; it begins with one of ${folders.join(' ')}`,
        example: 'refused/sink=kafka:petrel-events/',
      }),
    }),
    responses: queryResponses(jsonResponse('Dead letters.', pageResource(deadLetterResource), 'Link')),
  }),
  async (c) => {
    const { prefix, limit, cursor } = c.req.valid('query')
    const { objects, next } = await listAll(c.env.LAKE, prefix === undefined ? folders : [prefix], {
      limit,
      position: decodeCursor(c, listPosition, cursor),
    })
    const data = await mapBounded(objects, READ_CONCURRENCY, async ({ key, size, uploaded }) => {
      const deadLetter = await readDeadLetter(c.env.LAKE, key)
      const about = { key, size, at: uploaded.toISOString() }
      if (deadLetter === 'gone') return []
      if (deadLetter === null) return [{ ...about, reason: 'unknown', what: 'unknown', from: 'unknown' }]
      const from = deadLetter.kind === 'refused' ? deadLetter.sink : deadLetter.queue
      return [{ ...about, reason: deadLetter.reason, what: describeDeadLetter(deadLetter), from }]
    })
    const nextCursor = next && encodeCursor(c, next)
    return sendPage(c, data.flat(), nextCursor)
  },
)

deadLetterRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'retryDeadLetters',
    method: 'post',
    path: '/ops/set-aside/retry',
    summary: 'Retries dead letters, once their cause is fixed',
    description:
      'Refused events are sent to their sink, messages to their queues. A retried dead letter is deleted, so that a repetition finds only the rest.',
    query: nothing,
    body: z.strictObject({
      prefix: prefix.openapi({ description: 'A whole key is allowed too.' }),
      limit: z
        .int()
        .min(1)
        .max(100)
        .default(100)
        .openapi({ description: 'The maximum number of dead letters.' }),
      after: lakeKeySchema.optional().openapi({ description: 'Only keys after this one.' }),
    }),
    responses: {
      '200': jsonResponse('The result.', retriedResource),
    },
  }),
  async (c) => {
    const { prefix, limit, after } = c.req.valid('json')
    const { LAKE: lake } = c.env
    const { objects, truncated } = await lakePage(lake, { prefix, limit, startAfter: after })
    const until = Date.now() + START_TIMEOUT_MS
    // `mapBounded` starts them in order, so those that did not start are the last ones.
    const attempts = await mapBounded(objects, RETRY_CONCURRENCY, async ({ key }) =>
      Date.now() < until ? [{ key, reason: await retryDeadLetter(c.env, key) }] : [],
    )
    const started = attempts.flat()
    const failed = started.flatMap(({ key, reason }) => (reason === null ? [] : [{ key, reason }]))
    const left = await lakePage(lake, { prefix, limit: MAX_COUNTED })
    return sendJson(c, {
      retried: started.length - failed.length,
      failed,
      remaining: left.objects.length,
      next: truncated || started.length < objects.length ? (started.at(-1)?.key ?? null) : null,
    })
  },
)

/** A page of the objects under several prefixes, and the position of the next page. */
async function listAll(
  lake: R2Bucket,
  prefixes: readonly string[],
  { limit, position }: { limit: number; position: z.infer<typeof listPosition> | null },
): Promise<{ objects: R2Object[]; next: [number, string] | null }> {
  const objects: R2Object[] = []
  let [index, startAfter] = position ?? [0, '']
  for (; index < prefixes.length; index += 1, startAfter = '') {
    if (objects.length === limit) return { objects, next: [index, ''] }
    const prefix = prefixes[index] ?? ''
    const listed = await lakePage(lake, { prefix, startAfter, limit: limit - objects.length })
    objects.push(...listed.objects)
    if (listed.truncated) return { objects, next: [index, listed.objects.at(-1)?.key ?? startAfter] }
  }
  return { objects, next: null }
}
