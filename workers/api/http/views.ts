import { z } from '@hono/zod-openapi'
import type { AggregateView } from '../../../durable-objects/aggregate/protocol.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { cloudEventSchema } from '../../../shared/core/cloud-event.ts'
import type { Instant } from '../../../shared/core/time.ts'
import type { Audience } from './auth/authorization.ts'
import { type ApiContext, sendJson } from './context.ts'
import { readForwardingPosition, withForwardingPosition } from './forwarding-position.ts'
import { jsonResponse, queryResponses } from './openapi/documented.ts'
import { newApi, queryRoute } from './operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendTexts } from './paging.ts'
import { Problem } from './problems.ts'
import { eventForBuyer } from './redaction.ts'
import { entityTag, ifNoneMatch } from './request/conditions.ts'
import { queryInteger } from './request/query.ts'
import { isForBuyer, type ResourceKind, resourceFor } from './resource.ts'
import { withTimeout } from './timeout.ts'

const versionQuery = z.strictObject({
  version: queryInteger(1, Number.MAX_SAFE_INTEGER, 'Return the resource as of this version.').optional(),
  delivery: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .openapi({
      type: 'boolean',
      description:
        'With `delivery`: how far all its events have been delivered by now, also where an older version is asked for. Always answered anew, never with 304.',
    }),
})
/** What is asked for beside an extension's own parameters. */
const versionAsked = z.object({ version: z.int().optional(), delivery: z.boolean().optional() })
const historyPosition = z.tuple([z.int().min(0)])
// Wrapped, because a schema created before zod is extended has no method `openapi`.
const cloudEvent = z.object(cloudEventSchema.shape).openapi('CloudEvent')

/** Members that another aggregate adds to the current version of a resource. */
interface Extension<State> {
  readonly schema: z.ZodObject
  /** Query parameters by which they are asked for. */
  readonly query?: Readonly<Record<string, z.ZodType>>
  /** The members and the time of their last change (UTC); `null` if they never changed. */
  readonly read: (
    c: ApiContext,
    view: AggregateView<State>,
  ) => Promise<{ members: object; changedAt: Instant | null }>
}

/** The names of the two read operations of a kind of aggregate, and the path parameter of its id. */
interface ViewOperations<State, Name extends string> {
  readonly get: string
  readonly history: string
  readonly who: Audience
  readonly name: { readonly parameter: Name; readonly schema: z.ZodType<string> }
  /** Runs once the resource is found, before the response is sent. */
  readonly onRead?: (c: ApiContext, id: string) => void
  readonly extension?: Extension<State>
}

/** The read operations of every kind of aggregate: its current version, older versions, and its history. */
export function viewRoutes<State, Resource, Name extends string>(
  kind: ResourceKind<State, Resource>,
  { get, history, who, name: { parameter, schema }, onRead, extension }: ViewOperations<State, Name>,
) {
  const api = newApi()
  const params = z.strictObject({ [parameter]: schema })
  const about = { tag: kind.collection, who, params }
  const query = versionQuery.extend(extension?.query ?? {})
  const idOf = (found: Record<string, string>): string => found[parameter] ?? ''

  api.openapi(
    queryRoute({
      ...about,
      operationId: get,
      path: `/${kind.collection}/{${parameter}}`,
      summary: `Reads the ${kind.kind}, now or at an older version`,
      description:
        'Always the present state, unlike lists, which follow within seconds. A version that the client has is not sent again (`If-None-Match`).',
      query,
      headers: ['IfNoneMatch'],
      responses: {
        ...queryResponses(
          jsonResponse(
            `The ${kind.kind}.`,
            z.intersection(
              extension ? z.intersection(kind.schema, extension.schema) : kind.schema,
              withForwardingPosition,
            ),
            'ETag',
          ),
        ),
        '304': { description: 'Not changed since the version in If-None-Match.' },
      },
    }),
    async (c) => {
      const id = idOf(c.req.valid('param'))
      const present = await readVisible(c, kind, id)
      onRead?.(c, id)
      const { version, delivery } = versionAsked.parse(c.req.valid('query'))
      const isPresent = version === undefined || version === present.version
      const more = isPresent ? await extension?.read(c, present) : undefined
      if (delivery !== true) return answerVersion(c, kind, present, version, more)
      const position = readForwardingPosition(c.env, { kind: kind.kind, id }, present.version)
      const view = await readVersion(c, kind, present, version)
      const { resource } = await rendered(c, kind, view, view === present)
      c.header('ETag', entityTag(view.version))
      c.header('Cache-Control', 'no-store')
      return sendJson(c, { ...resource, ...more?.members, delivery: await position })
    },
  )

  api.openapi(
    queryRoute({
      ...about,
      operationId: history,
      path: `/${kind.collection}/{${parameter}}/events`,
      summary: `Lists the events of the ${kind.kind}, as CloudEvents`,
      description:
        'The whole history, one event for each version. Replayed up to a version, they give the resource as of that version. What only operators may read is left out for the buyer.',
      query: pageQuery,
      responses: queryResponses(jsonResponse('Oldest first.', pageResource(cloudEvent), 'Link')),
    }),
    async (c) => {
      const id = idOf(c.req.valid('param'))
      const { limit, cursor } = c.req.valid('query')
      const after = decodeCursor(c, historyPosition, cursor)?.[0] ?? 0
      await readVisible(c, kind, id)
      const events = await withTimeout(kind.object(c.env, id).history({ after, limit: limit + 1 }))
      const page = events.slice(0, limit)
      const nextCursor = events.length > limit ? encodeCursor(c, [after + limit]) : null
      return sendTexts(c, isForBuyer(c) ? page.map(eventForBuyer) : page, nextCursor)
    },
  )

  return api
}

/**
 * The current view of an aggregate that the caller may see.
 *
 * @throws Problem with the kind's `notFoundCode` for one that does not exist or is not visible to the caller
 */
export async function readVisible<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  id: string,
): Promise<AggregateView<State>> {
  const view = await withTimeout(kind.object(c.env, id).read({}))
  if (!view || !kind.mayRead(c.get('caller'), view)) throw aggregateNotFound(kind, id)
  return view
}

/** The problem for an aggregate that does not exist or is not visible to the caller: the same for both. */
export function aggregateNotFound(
  kind: Pick<ResourceKind<unknown, unknown>, 'kind' | 'notFoundCode'>,
  id: string,
): Problem {
  return new Problem(kind.notFoundCode, `There is no ${kind.kind} ${id}.`)
}

async function answerVersion<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  present: AggregateView<State>,
  version: number | undefined,
  more?: Awaited<ReturnType<Extension<State>['read']>>,
): Promise<Response> {
  const view = await readVersion(c, kind, present, version)
  c.header('ETag', entityTag(view.version))
  const { resource, changing } = await rendered(c, kind, view, view === present)
  const whole = { ...resource, ...more?.members }
  if (!ifNoneMatch(c.req.header('If-None-Match'), view.version)) return sendJson(c, whole)
  // The extension may have changed since the client read this version, unless its last change is older.
  if (more?.changedAt && more.changedAt > view.updatedAt) return sendJson(c, whole)
  // Time alone may have changed the resource since the client read it.
  const isAsItWas = !changing || JSON.stringify(resource) === JSON.stringify(resourceFor(c, kind, view))
  return isAsItWas ? c.body(null, 304) : sendJson(c, whole)
}

/** @throws Problem `version_not_found` */
async function readVersion<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  present: AggregateView<State>,
  version: number | undefined,
): Promise<AggregateView<State>> {
  if (version === undefined || version === present.version) return present
  const view = await withTimeout(kind.object(c.env, present.id).read({ version }))
  if (!view) throw new Problem('version_not_found', `There is no version ${version} of ${present.id}.`)
  return view
}

/** The resource at a version, and whether it changes with time alone. */
async function rendered<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  view: AggregateView<State>,
  isPresent: boolean,
): Promise<{ resource: Resource; changing: boolean }> {
  const changing = kind.changesWithTime === true && isPresent
  if (changing) await clock.sync(c.env)
  return { resource: resourceFor(c, kind, view, changing ? clock.now() : undefined), changing }
}
