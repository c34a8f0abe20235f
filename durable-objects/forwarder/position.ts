import { z } from 'zod'
import { streamSchema } from '../../shared/core/projection.ts'
import { instantSchema } from '../../shared/core/time.ts'

/** How far the events of one aggregate have been delivered. */
const forwardingPositionSchema = z.object({
  sink: z.string(),
  /** The newest version up to which the sink has everything, but for those set aside. */
  delivered: z.int().min(0),
  /** Versions that a forwarder knows of and the sink does not have yet. */
  owed: z.int().min(0),
  /** Versions that the sink refused for good, which are kept whole in the lake bucket. */
  setAside: z.array(z.int().min(1)),
  /** In strict order: the refused version that later ones wait for. */
  heldAt: z.int().min(1).nullable(),
})
export type ForwardingPosition = z.infer<typeof forwardingPositionSchema>

/** One forwarder: what it owes, how fast it is, and what went wrong last. Times are UTC. */
export const forwarderConditionSchema = z.object({
  shard: z.int().min(0),
  sink: z.string(),
  /** What the sink does not have yet. */
  owed: z.object({ events: z.int().min(0), aggregates: z.int().min(0), oldestAt: instantSchema.nullable() }),
  /** Age of the oldest event that is owed (ms); 0 when nothing is. */
  lagMilliseconds: z.int().min(0),
  /** Since the object was made. */
  total: z.object({
    delivered: z.int().min(0),
    /** Messages at or below the ledger. */
    dropped: z.int().min(0),
    /** Delivered events that were read from a log: no message had brought them, or they had been owed. */
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

/** Streams that a forwarder has heard of, by name: the directory of all aggregates that have events. */
const knownStreamsSchema = z.object({
  streams: z.array(
    streamSchema.extend({
      delivered: z.int().min(0),
      /** The newest version on the books, delivered or owed. */
      lastSeenVersion: z.int().min(0),
    }),
  ),
  /** To go on after; `null` at the end. */
  next: streamSchema.nullable(),
})
export type KnownStreams = z.infer<typeof knownStreamsSchema>

export const streamsQuerySchema = z.object({
  kinds: z.array(z.string()).optional(),
  after: streamSchema.nullable(),
  limit: z.int().min(1).max(1_000),
})
export type StreamsQuery = z.infer<typeof streamsQuerySchema>

/** Delivered events of one aggregate that are to be sent once more. */
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

/** What became of one page of a redelivery. */
const redeliveredSchema = z.object({
  /** Events sent, or, in a dry run, counted. */
  events: z.int().min(0),
  /** Events that the sink refused for good. */
  refused: z.int().min(0),
  /** The version to go on after; `null` when there is nothing more. */
  next: z.int().min(0).nullable(),
  /** The sink did not take it now: nothing of this page counts, and it is to be asked for again. */
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

/** What became of another try with a dead letter. */
export type DeadLetterRetried =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly error: string }

/** The answer about a dead letter that this forwarder has not recorded; another one may have. */
export const NO_DEAD_LETTER = 'nothing of this is set aside here'
