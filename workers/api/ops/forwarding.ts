import { z } from '@hono/zod-openapi'
import type { Env } from '../../../durable-objects/env.ts'
import {
  forwarderAt,
  forwarderCount,
  knownForwarders,
} from '../../../durable-objects/forwarder/forwarders.ts'
import { rounded } from '../../../durable-objects/forwarder/forwarding-rate.ts'
import {
  type ForwarderCondition,
  forwarderConditionSchema,
} from '../../../durable-objects/forwarder/protocol.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { faultText } from '../../../shared/core/text/text.ts'
import { type Instant, instantSchema } from '../../../shared/core/time.ts'
import { conditionOf } from '../../read-models/condition.ts'
import { newestRebuild } from '../../read-models/rebuild.ts'
import { sendJson } from '../http/context.ts'
import { jsonResponse, orNull, queryResponses } from '../http/openapi/documented.ts'
import { newApi, nothing, queryRoute } from '../http/operation.ts'
import { FORWARDER_TIMEOUT_MS, withTimeout } from '../http/timeout.ts'
import { modelCondition, rebuildResource } from './projections.ts'

const READ_CONCURRENCY = 32

const { shard, sink, owed, lagMilliseconds, total, rate, lastDeliveredAt, lastError, held } =
  forwarderConditionSchema.shape

const unreachable = z
  .object({ shard: z.int(), silent: z.literal(true), error: z.string() })
  .openapi('UnreachableForwarder', { description: 'It does not answer in time.' })
const answering = z
  .object(forwarderConditionSchema.shape)
  .extend({ silent: z.literal(false) })
  .openapi('Forwarder')
const queueBacklog = z
  .object({ messages: z.int(), bytes: z.int(), oldestAt: instantSchema.nullable() })
  .nullable()
  .openapi({ description: 'Messages in the queue; null if the platform does not expose it.' })

const forwardingResource = z
  .object({
    summary: z
      .object({
        sinks: z
          .array(sink)
          .openapi({ description: 'More than one while forwarders change to another sink.' }),
        strictOrder: z.boolean(),
        forwarders: z.object({
          configured: shard,
          known: z.int().openapi({ description: 'Including those of an earlier, larger number.' }),
          silent: z.int(),
        }),
        owed,
        lagMilliseconds,
        total,
        rate,
        lastDeliveredAt,
        lastError,
        held,
      })
      .openapi({ description: 'Of all forwarders that answer.' }),
    queue: queueBacklog,
    forwarders: z.array(z.union([answering, unreachable])),
    projections: z
      .object({ queue: queueBacklog, models: z.array(modelCondition), rebuild: orNull(rebuildResource) })
      .nullable()
      .openapi({ description: 'The state of the lists; null while the read database does not answer.' }),
  })
  .openapi('Forwarding')

export const forwardingRoutes = newApi()

forwardingRoutes.openapi(
  queryRoute({
    tag: 'ops',
    who: ['ops'],
    params: nothing,
    operationId: 'getForwarding',
    path: '/ops/delivery',
    summary: 'Reads the state of event forwarding: lag, rate and last error of each forwarder',
    description:
      "Forwarders send each aggregate's events to the sink in order and remember how far they are. `owed` is what is not delivered yet.",
    query: nothing,
    responses: queryResponses(jsonResponse('The state of forwarding.', forwardingResource)),
  }),
  async (c) => {
    const { env } = c
    const [forwarders, queue, projections] = await Promise.all([
      forwardersOf(env),
      backlogOf(env.EVENTS),
      projectionsOf(env),
    ])
    c.header('Cache-Control', 'no-store')
    return sendJson(c, { summary: summaryOf(env, forwarders), queue, forwarders, projections })
  },
)

type Shown = (ForwarderCondition & { readonly silent: false }) | z.infer<typeof unreachable>

async function forwardersOf(env: Env): Promise<Shown[]> {
  // Without the register, those of the configured number are still known.
  const configured = Array.from({ length: forwarderCount(env) }, (_, number) => number)
  const known = await withTimeout(knownForwarders(env), FORWARDER_TIMEOUT_MS).catch(() => configured)
  return mapBounded(known, READ_CONCURRENCY, async (number): Promise<Shown> => {
    try {
      const condition = await withTimeout(forwarderAt(env, number).condition(), FORWARDER_TIMEOUT_MS)
      return { ...condition, shard: number, silent: false }
    } catch (thrown) {
      return { shard: number, silent: true, error: faultText(thrown) }
    }
  })
}

function summaryOf(env: Env, forwarders: readonly Shown[]) {
  const answered = forwarders.flatMap((one) => (one.silent ? [] : [one]))
  const sum = (amount: (one: ForwarderCondition) => number) =>
    answered.reduce((whole, one) => whole + amount(one), 0)
  const oldest = answered.flatMap((one) => one.owed.oldestAt ?? []).toSorted()[0]
  const errors = answered.flatMap((one) => one.lastError ?? [])
  return {
    sinks: [...new Set(answered.map((one) => one.sink))],
    strictOrder: env.STRICT_ORDER === 'true',
    forwarders: {
      configured: forwarderCount(env),
      known: forwarders.length,
      silent: forwarders.length - answered.length,
    },
    owed: {
      events: sum((one) => one.owed.events),
      aggregates: sum((one) => one.owed.aggregates),
      oldestAt: oldest ?? null,
    },
    lagMilliseconds: Math.max(0, ...answered.map((one) => one.lagMilliseconds)),
    total: {
      delivered: sum((one) => one.total.delivered),
      dropped: sum((one) => one.total.dropped),
      filled: sum((one) => one.total.filled),
      setAside: sum((one) => one.total.setAside),
    },
    rate: {
      minute: rounded(sum((one) => one.rate.minute)),
      quarterHour: rounded(sum((one) => one.rate.quarterHour)),
    },
    lastDeliveredAt: latest(answered.flatMap((one) => one.lastDeliveredAt ?? [])),
    lastError: errors.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0] ?? null,
    held: sum((one) => one.held),
  }
}

function latest(times: readonly Instant[]): Instant | null {
  return times.toSorted().at(-1) ?? null
}

/** The backlog of a queue; `null` if the platform does not expose it. */
async function backlogOf(queue: Pick<Queue, 'metrics'>) {
  try {
    const metrics = await withTimeout(queue.metrics(), FORWARDER_TIMEOUT_MS)
    return {
      messages: metrics.backlogCount,
      bytes: metrics.backlogBytes,
      oldestAt: metrics.oldestMessageTimestamp?.toISOString() ?? null,
    }
  } catch {
    return null
  }
}

async function projectionsOf(env: Env) {
  const [queue, state] = await Promise.all([
    backlogOf(env.PROJECTIONS),
    withTimeout(
      Promise.all([conditionOf(env.DATABASE), newestRebuild(env.DATABASE)]),
      FORWARDER_TIMEOUT_MS,
    ).catch(() => null),
  ])
  return state && { queue, models: state[0], rebuild: state[1] }
}
