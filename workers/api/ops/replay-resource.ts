import { z } from '@hono/zod-openapi'
import { MAX_NAMED, type Replay, replayStatuses } from '../../../durable-objects/replay/replay.ts'
import type { Stream } from '../../../shared/core/projection.ts'
import { type Instant, instantOf, instantSchema, millisecondsOf } from '../../../shared/core/time.ts'
import { contextsOf, kindsIn, registry } from '../../../shared/registry.ts'
import { streamName, streamNamed } from '../../../shared/stream-names.ts'

/** A time in UTC (RFC 3339), with or without fractions of a second. */
const utcTime = z.iso
  .datetime({ offset: false })
  .max(40)
  .regex(/^(19[7-9]|20[0-9])[0-9]-/, 'must be a time in the years 1970 to 2099')
  .openapi({ type: 'string', format: 'date-time', maxLength: 40, pattern: '^(19[7-9]|20[0-9])[0-9]-' })

/** The request of a replay. */
export const replayBody = z
  .strictObject({
    aggregateIds: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(MAX_NAMED)
      .optional()
      .openapi({
        description: 'Generated ids; for products, stock and promotions with the kind as a prefix.',
        example: ['ord_01939a2e-7a50-7c1e-9d54-0a5f7e0a3c11', 'inventory/MUG', 'promotion/SPRING'],
      }),
    context: z
      .enum(contextsOf(registry))
      .optional()
      .openapi({ description: 'All aggregates of this context.' }),
    from: utcTime.optional().openapi({ description: 'Only events at or after this time.' }),
    to: utcTime.optional().openapi({ description: 'Only events before this time.' }),
    target: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 letters, digits, . _ or -')
      .optional()
      .openapi({
        description:
          'A topic, delivery stream, or folder of the lake (`replay/<target>/`) instead of the default.',
      }),
    dryRun: z.boolean().optional().openapi({ description: 'Counts the events and sends none.' }),
  })
  .refine(({ aggregateIds, context, from, to }) => (aggregateIds ?? context ?? from ?? to) !== undefined, {
    message: 'Specify aggregateIds, context, from or to.',
  })
  .refine(({ aggregateIds, context }) => aggregateIds === undefined || context === undefined, {
    path: ['context'],
    message: 'Specify aggregateIds or context, not both.',
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'must be later than from',
  })
  .openapi('ReplayRequest')
export type ReplayBody = z.infer<typeof replayBody>

const amount = (done: string) =>
  z.object({
    total: z.int().nullable().openapi({ description: 'Null until they are counted.' }),
    [done]: z.int(),
  })

export const replayResource = z
  .object({
    id: z.string(),
    status: z.enum(replayStatuses),
    dryRun: z.boolean(),
    aggregateIds: z.array(z.string()).optional(),
    context: z.enum(contextsOf(registry)).optional(),
    from: instantSchema.nullable(),
    to: instantSchema.nullable(),
    target: z.string().nullable().openapi({ description: 'Null for the default.' }),
    aggregates: amount('done').openapi({ description: 'Aggregates with such events.' }),
    events: amount('sent'),
    refused: z.int().openapi({ description: 'Events that the sink refused permanently.' }),
    uncounted: z.int().openapi({
      description: 'Aggregates that could not be counted; sending retries them until they answer.',
    }),
    startedAt: instantSchema,
    finishedAt: instantSchema.nullable(),
    error: z.string().nullable().openapi({
      description: 'Why it is waiting, such as a sink that is down; it resumes automatically.',
    }),
  })
  .openapi('Replay')

/** The aggregates of some names, and the indexes of names that cannot be an aggregate's. */
export function streamsOf(names: readonly string[]): { streams: Stream[]; unknown: number[] } {
  const found = names.map((name) => streamNamed(name))
  return {
    // Without duplicates.
    streams: [
      ...new Map(found.flatMap((one) => (one ? [[streamName(one.kind, one.id), one]] : []))).values(),
    ],
    unknown: [...found.keys()].filter((index) => found[index] === null),
  }
}

/** A time in the canonical form in which event times are compared. */
export function instantFrom(time: string | undefined): Instant | undefined {
  return time === undefined ? undefined : instantOf(millisecondsOf(time))
}

/** The kinds of a context; `undefined` for all contexts. */
export function kindsFrom(context: ReplayBody['context']): string[] | undefined {
  return context === undefined ? undefined : kindsIn(registry, context)
}

/** The resource of a replay. */
export function renderReplay({ request, progress }: Replay) {
  const { id, dryRun, streams, context, from = null, to = null, target = null } = request
  const { status, isCounted, counted, sent, refused, uncounted, startedAt, finishedAt, error } = progress
  return {
    id,
    status,
    dryRun,
    ...(streams && { aggregateIds: streams.map((stream) => streamName(stream.kind, stream.id)) }),
    ...(context !== undefined && { context }),
    from,
    to,
    target,
    aggregates: { total: isCounted ? counted.aggregates : null, done: sent.aggregates },
    events: { total: isCounted ? counted.events : null, sent: sent.events },
    refused,
    uncounted,
    startedAt,
    finishedAt,
    error,
  }
}
