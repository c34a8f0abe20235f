import { z } from '@hono/zod-openapi'
import { jsonResponse, queryResponses } from '../http/openapi/documented.ts'
import { enter, newApi, nothing, queryRoute } from '../http/operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendPage } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { lakePage } from './lake-page.ts'

const lakeObject = z
  .object({ key: z.string(), size: z.int(), uploadedAt: z.iso.datetime() })
  .openapi('LakeObject')

const MAX_KEY_BYTES = 1_024

/** A key of the lake bucket, or the beginning of one: R2 allows 1,024 bytes of UTF-8, and throws on more. */
export const lakeKeySchema = z
  .string()
  .max(MAX_KEY_BYTES)
  .refine(
    (key) => key.length > MAX_KEY_BYTES || new TextEncoder().encode(key).byteLength <= MAX_KEY_BYTES,
    'must have at most 1,024 bytes',
  )

/** The last key of the previous page. */
const lakePosition = z.tuple([z.string()])

const about = { tag: 'ops', who: ['ops'] } as const

export const lakeRoutes = newApi()

lakeRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listLake',
    path: '/ops/lake',
    summary: 'Lists the objects of the event lake, by key',
    description: 'Events are stored in objects of NDJSON, partitioned by context, type, day and hour.',
    params: nothing,
    query: pageQuery.extend({
      prefix: lakeKeySchema.optional().openapi({ example: 'context=order/dt=2026-11-01/' }),
    }),
    responses: queryResponses(jsonResponse('Objects.', pageResource(lakeObject), 'Link')),
  }),
  async (c) => {
    const { prefix, limit, cursor } = c.req.valid('query')
    const [startAfter] = decodeCursor(c, lakePosition, cursor) ?? []
    const listed = await lakePage(c.env.LAKE, { prefix, startAfter, limit })
    const data = listed.objects.map(({ key, size, uploaded }) => ({
      key,
      size,
      uploadedAt: uploaded.toISOString(),
    }))
    const last = data.at(-1)
    const nextCursor = listed.truncated && last ? encodeCursor(c, [last.key]) : null
    return sendPage(c, data, nextCursor)
  },
)

const read = queryRoute({
  ...about,
  operationId: 'readLakeObject',
  path: '/ops/lake/{key}',
  summary: 'Reads one object of the event lake; the slashes of its key are not encoded',
  description: 'Objects that are stored compressed are sent uncompressed.',
  params: z.strictObject({ key: lakeKeySchema }),
  query: nothing,
  responses: queryResponses({
    description: 'One CloudEvent per line.',
    content: { 'application/x-ndjson': { schema: z.string() } },
  }),
})
const { middleware: _, ...documented } = read
lakeRoutes.openAPIRegistry.registerPath(documented)
// Routed separately: OpenAPI cannot describe a path parameter that contains slashes.
lakeRoutes.get('/ops/lake/:key{.+}', enter(read.operationId, about.who), async (c) => {
  const key = c.req.param('key')
  if (!lakeKeySchema.safeParse(key).success)
    throw notFound('The lake has no object with a key of this length.')
  const object = await c.env.LAKE.get(key)
  if (!object) throw notFound(`The lake has no object ${key}.`)
  const { contentEncoding, contentType = 'application/x-ndjson' } = object.httpMetadata ?? {}
  const body =
    contentEncoding === 'gzip' ? object.body.pipeThrough(new DecompressionStream('gzip')) : object.body
  return c.body(body, 200, { 'Content-Type': contentType })
})
