import { z } from '@hono/zod-openapi'
import type { Env } from '../../../durable-objects/env.ts'
import type { Replay, ReplayStarted } from '../../../durable-objects/replay/replay.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { SECOND } from '../../../shared/core/time.ts'
import { sendJson } from '../http/context.ts'
import { intentOf, markReplayed, nameOnce } from '../http/idempotency.ts'
import { jsonResponse, queryResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { decodeCursor, encodeCursor, pageQuery, pageResource, sendPage } from '../http/paging.ts'
import { invalidRequest, notFound, Problem } from '../http/problems.ts'
import { withTimeout } from '../http/timeout.ts'
import {
  instantFrom,
  kindsFrom,
  type ReplayBody,
  renderReplay,
  replayBody,
  replayResource,
  streamsOf,
} from './replay-resource.ts'

/** A dry run that has finished counting by then is answered with its result. */
const COUNT_TIMEOUT_MS = 5 * SECOND
const READ_CONCURRENCY = 10

const listedRow = z.object({ id: z.string(), started_at: z.string() })
const replayPosition = z.tuple([z.string(), z.string()])

const about = { tag: 'ops', who: ['ops'] } as const
const named = z.strictObject({ id: z.string().regex(/^[0-9a-f-]{32,36}$/) })

export const replayRoutes = newApi()

replayRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'replayEvents',
    method: 'post',
    path: '/ops/replay',
    summary: 'Sends forwarded events again, under the same ids',
    description:
      'Of named aggregates, of a context, or of all, optionally within a period. Safe during traffic: events after its start are forwarded as usual, in order. Events are counted first.',
    params: nothing,
    query: commandQuery,
    headers: ['IdempotencyKey'],
    body: replayBody,
    responses: {
      '202': jsonResponse('It is running; see getReplay.', replayResource, 'Location'),
      '200': jsonResponse('A dry run that has finished counting.', replayResource, 'Location'),
    },
  }),
  async (c) => {
    const body = c.req.valid('json')
    requireTarget(c.env, body.target)
    const intent = await intentOf(c)
    const id = nameOnce(intent)
    const dryRun = intent.dryRun || body.dryRun === true
    const request = requestOf(id, body, dryRun)
    await clock.sync(c.env)
    // Inserted first, so that the list has every replay; it skips one that did not start.
    await c.env.DATABASE.prepare('INSERT OR IGNORE INTO replays (id, started_at) VALUES (?, ?)')
      .bind(id, clock.now())
      .run()
    const started = await withTimeout<ReplayStarted>(
      replayOf(c.env, id).start(request, dryRun ? COUNT_TIMEOUT_MS : 0),
    )
    if (!started.ok) throw new Problem('idempotency_key_reused', 'This key was used for another request.')
    const { replay, replayed } = started
    markReplayed(c, replayed)
    c.header('Location', `/v1/ops/replay/${id}`)
    return sendJson(c, renderReplay(replay), replay.progress.finishedAt === null ? 202 : 200)
  },
)

replayRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listReplays',
    path: '/ops/replay',
    summary: 'Lists replays, newest first',
    description: 'A dry run is listed too.',
    params: nothing,
    query: pageQuery,
    responses: queryResponses(jsonResponse('Replays.', pageResource(replayResource), 'Link')),
  }),
  async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const [startedAt, id] = decodeCursor(c, replayPosition, cursor) ?? ['~', '']
    const { results } = await c.env.DATABASE.prepare(
      'SELECT * FROM replays WHERE (started_at, id) < (?, ?) ORDER BY started_at DESC, id DESC LIMIT ?',
    )
      .bind(startedAt, id, limit + 1)
      .all()
    const rows = listedRow.array().parse(results)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const nextCursor = last && rows.length > limit ? encodeCursor(c, [last.started_at, last.id]) : null
    const replays = await mapBounded(page, READ_CONCURRENCY, (row) =>
      withTimeout(replayOf(c.env, row.id).read()),
    )
    return sendPage(
      c,
      replays.flatMap((one) => (one ? [renderReplay(one)] : [])),
      nextCursor,
    )
  },
)

replayRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'getReplay',
    path: '/ops/replay/{id}',
    summary: 'Reads the progress of a replay',
    description: 'Events are counted before the first is sent; until then the totals are null.',
    params: named,
    query: nothing,
    responses: queryResponses(jsonResponse('The replay.', replayResource)),
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    return sendJson(c, renderReplay(found(id, await withTimeout(replayOf(c.env, id).read()))))
  },
)

replayRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'cancelReplay',
    method: 'post',
    path: '/ops/replay/{id}/cancel',
    summary: 'Cancels a replay; events already sent stay sent',
    description: 'A replay that has finished cannot be cancelled.',
    params: named,
    query: nothing,
    body: nothing,
    responses: {
      '200': jsonResponse('It has ended.', replayResource),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const replay = found(id, await withTimeout(replayOf(c.env, id).cancel()))
    if (replay.progress.status === 'finished')
      throw new Problem('replay_finished', 'The replay has already finished.')
    return sendJson(c, renderReplay(replay))
  },
)

/** @throws Problem `invalid_request` for names that cannot be an aggregate's */
function requestOf(id: string, body: ReplayBody, dryRun: boolean) {
  const { aggregateIds, context, target } = body
  const named = aggregateIds && streamsOf(aggregateIds)
  if (named && named.unknown.length > 0)
    throw invalidRequest(
      ...named.unknown.map((index) => ({
        pointer: `/aggregateIds/${index}`,
        code: 'invalid_aggregate_id',
        detail: 'This is neither a generated id nor <kind>/<name>, such as product/MUG.',
      })),
    )
  const kinds = kindsFrom(context)
  const from = instantFrom(body.from)
  const to = instantFrom(body.to)
  return {
    id,
    ...(named && { streams: named.streams }),
    ...(kinds && { kinds }),
    ...(context !== undefined && { context }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(target !== undefined && { target }),
    dryRun,
  }
}

/**
 * Refuses names that the sink of this deployment does not allow: Kafka forbids `.` and `..` and reserves names that
 * begin with `__`; a delivery stream's name has at most 64 characters (Firehose, CreateDeliveryStream).
 *
 * @throws Problem `invalid_request`
 */
function requireTarget({ EVENT_SINK: sink }: Pick<Env, 'EVENT_SINK'>, target: string | undefined): void {
  if (target === undefined) return
  const isValid = !/^\.+$/.test(target) && !(sink === 'kafka' && target.startsWith('__'))
  if (isValid && !(sink === 'firehose' && target.length > 64)) return
  const detail = 'The sink of this deployment does not allow this name.'
  throw invalidRequest({ pointer: '/target', code: 'invalid_target', detail })
}

function replayOf(env: Env, id: string) {
  return env.REPLAY.getByName(id)
}

/** @throws Problem `not_found` */
function found(id: string, replay: Replay | null): Replay {
  if (replay) return replay
  throw notFound(`There is no replay ${id}.`)
}
