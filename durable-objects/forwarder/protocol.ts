import { z } from 'zod'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { instantSchema } from '../../shared/core/time.ts'
import type { PublishedEvent } from '../../shared/core/wire/queue-message.ts'

/** How far the events of one aggregate have been delivered. */
const forwardingPositionSchema = z.object({
  sink: z.string(),
  /** The newest version up to which the sink has everything, except dead letters. */
  delivered: z.int().min(0),
  /** Recorded versions that the sink does not have yet. */
  owed: z.int().min(0),
  /** Dead letters: versions that the sink refused. */
  setAside: z.array(z.int().min(1)),
  /** In strict order: the refused version that later ones wait for. */
  heldAt: z.int().min(1).nullable(),
})
export type ForwardingPosition = z.infer<typeof forwardingPositionSchema>

/** The backlog of one forwarder, its rates, and its last error. Times are UTC. */
export const forwarderConditionSchema = z.object({
  shard: z.int().min(0),
  sink: z.string(),
  /** The backlog. */
  owed: z.object({ events: z.int().min(0), aggregates: z.int().min(0), oldestAt: instantSchema.nullable() }),
  /** Age of the oldest event of the backlog (ms); 0 without one. */
  lagMilliseconds: z.int().min(0),
  /** Since the object was created. */
  total: z.object({
    delivered: z.int().min(0),
    /** Messages of versions that the sink already has. */
    dropped: z.int().min(0),
    /** Delivered events that were read from a log. */
    filled: z.int().min(0),
    setAside: z.int().min(0),
  }),
  /** Events a second, over the last minute and the last quarter of an hour. */
  rate: z.object({ minute: z.number().min(0), quarterHour: z.number().min(0) }),
  lastDeliveredAt: instantSchema.nullable(),
  lastError: z.object({ at: instantSchema, error: z.string() }).nullable(),
  /** When the sink is tried again; `null` while it answers. */
  retryAt: instantSchema.nullable(),
  /** Aggregates whose order waits for a refused event (`STRICT_ORDER`). */
  held: z.int().min(0),
})
export type ForwarderCondition = z.infer<typeof forwarderConditionSchema>

/** A page of the streams that a forwarder records, by name: the directory of all aggregates that have events. */
export interface KnownStreams {
  /** `lastSeenVersion` is the newest recorded version, acknowledged or not. */
  readonly streams: (Stream & { delivered: number; lastSeenVersion: number })[]
  /** Where the next page begins (exclusive); `null` at the end. */
  readonly next: Stream | null
}

export const streamsQuerySchema = z.object({
  kinds: z.array(z.string()).optional(),
  after: streamSchema.nullable(),
  limit: z.int().min(1).max(1_000),
})
export type StreamsQuery = z.infer<typeof streamsQuerySchema>

/** Delivered events of one aggregate to send again. */
export const redeliverySchema = z.object({
  stream: streamSchema,
  /** After this version. */
  after: z.int().min(0),
  /** Only events of this time on (inclusive), and before this time (exclusive), by their own `time`. */
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  /** Another topic, stream or folder than the sink's own. */
  target: z.string().optional(),
  /** Only counts. */
  dryRun: z.boolean(),
})
export type Redelivery = z.infer<typeof redeliverySchema>

/** The result of one page of a redelivery. */
const redeliveredSchema = z.object({
  /** Events sent, or, in a dry run, counted. */
  events: z.int().min(0),
  /** Events that the sink refused. */
  refused: z.int().min(0),
  /** The version after which the next page begins; `null` at the end. */
  next: z.int().min(0).nullable(),
  /** The sink failed: nothing of this page counts, and it is to be requested again. */
  error: z.string().optional(),
})
export type Redelivered = z.infer<typeof redeliveredSchema>

export const deadLetterReferenceSchema = z.union([
  z.object({ stream: streamSchema, version: z.int().min(1) }),
  /** The id of an unsequenced event. */
  z.object({ event: z.string() }),
])
/** A dead letter: of a stream by its version, an unsequenced event by its id. */
export type DeadLetterReference = z.infer<typeof deadLetterReferenceSchema>

/** The result of the retry of a dead letter. */
export type DeadLetterRetried =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly error: string }

/** The error where this forwarder has not recorded the dead letter; another one may have. */
export const NO_DEAD_LETTER = 'nothing of this is set aside here'

/** The RPC methods of a forwarder; `ForwarderObject` documents them. */
export interface ForwarderRpc extends Rpc.DurableObjectBranded {
  forward(events: PublishedEvent[]): Promise<void>
  position(stream: Stream): Promise<ForwardingPosition>
  condition(): Promise<ForwarderCondition>
  streams(query: StreamsQuery): Promise<KnownStreams>
  lastSeenVersion(stream: Stream): Promise<number>
  recordedVersion(stream: Stream): Promise<number>
  recordCount(count: number): Promise<number[]>
  redeliver(page: Redelivery): Promise<Redelivered>
  retryDeadLetter(reference: DeadLetterReference): Promise<DeadLetterRetried>
}
