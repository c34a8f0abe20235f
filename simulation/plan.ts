import { z } from 'zod'

// What decides a run beside the code and the seed: plain data, made from the seed, so that a failing run can be made
// shorter by leaving parts out. Times are milliseconds of simulated time since the shop opened.

/** A moment of a run, or how long something takes (ms). */
const milliseconds = z.number().min(0)
/** How often something happens, of all the times that it could. */
const share = z.number().min(0).max(1)

const configurationSchema = z
  .strictObject({
    sink: z.enum(['lake', 'firehose']),
    gateway: z.enum(['sandbox', 'stripe']),
    forwarders: z.int().min(1),
    strictOrder: z.boolean(),
    /** `local`: the queue is in the memory of the process and dies with it, as in `wrangler dev`. */
    platform: z.enum(['local', 'cloud']),
    /** Multiplies every latency of the platform. */
    slowness: z.number().positive(),
    /** `many`: after a few events already, as the streams of a run are short. */
    snapshots: z.enum(['few', 'many']),
    /** `few`: a message of events is given up after minutes, and not after days. Missing: `many`. */
    retries: z.enum(['few', 'many']).optional(),
    /** How long a run rests: a week, or so long that customers lapse and points expire. Missing: `week`. */
    rest: z.enum(['week', 'year']).optional(),
  })
  .readonly()

const stepSchema = z
  .strictObject({
    /** Unique in its story. It names the step's requests and idempotency keys, whatever other steps are left out. */
    id: z.string().min(1),
    /** Names the function of the workload that carries it out, which checks the input. */
    action: z.string().min(1),
    /** Waits so long after the step before. */
    pauseMs: milliseconds,
    /** Drawn when the plan was made. */
    input: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).readonly(),
  })
  .readonly()

const storySchema = z
  .strictObject({
    id: z.string().min(1),
    /** A generator of steps by this name has made it; see `workload/`. */
    kind: z.string().min(1),
    startsAt: milliseconds,
    steps: z.array(stepSchema).readonly(),
  })
  .readonly()

const targetSchema = z.enum([
  'sink',
  'database',
  'bucket',
  'gateway',
  'mailer',
  'queue',
  'objects',
  'carrier',
])

/** What each kind of fault has, beside its kind and the time at which it happens or begins. */
const faultSchemas = [
  /**
   * The `skip`-th next time that an object of this class (any without one) has something under way, it crashes. With 0 at
   * once, if one has: then it mostly waits for an answer.
   */
  fault('crash-object', { className: z.string().nullable(), skip: z.int().min(0) }),
  /** The whole process dies: Worker and objects; a local queue loses what it holds. */
  fault('crash-process', { skip: z.int().min(0) }),
  /** Idle objects leave memory. */
  fault('evict', { share }),
  /** For a while, a share of calls to a target fails before or after it acted, or is never answered. */
  fault('outage', {
    forMs: milliseconds,
    target: targetSchema,
    share,
    manner: z.enum(['before', 'after', 'hang', 'partly']),
  }),
  /** For a while, everything is slower by a factor. */
  fault('slow', { forMs: milliseconds, factor: z.number().positive() }),
  /** For a while, alarms fire late or twice. */
  fault('alarms', { forMs: milliseconds, lateMs: milliseconds, twice: share }),
  /** For a while, a queue delivers messages twice, late, or again after a consumer died. */
  fault('queue-noise', { forMs: milliseconds, twice: share, lateMs: milliseconds, consumerDies: share }),
  /** A new release replaces the old one; both run for a while on the same storage. */
  fault('deployment', { overlapMs: milliseconds }),
] as const

function fault<Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return z.strictObject({ kind: z.literal(kind), at: milliseconds, ...shape })
}

const planSchema = z
  .strictObject({
    seed: z.int().min(0),
    configuration: configurationSchema,
    stories: z.array(storySchema).readonly(),
    faults: z.array(z.discriminatedUnion('kind', faultSchemas).readonly()).readonly(),
  })
  .readonly()

/** How the deployment of a run is configured, for the whole run. */
export type Configuration = z.infer<typeof configurationSchema>
/** What one client does: steps in order, each after the one before was answered (or given up). */
export type Story = z.infer<typeof storySchema>
/** One thing that a client does. What it needs of earlier steps (an id, a token) is found at run time; if missing, it is skipped. */
export type Step = z.infer<typeof stepSchema>
/** What can be down, slow, or answer wrongly. */
export type Target = z.infer<typeof targetSchema>
/** One fault. `at` is when it happens or begins. */
export type Fault = Plan['faults'][number]
export type Plan = z.infer<typeof planSchema>

/** A plan that was kept, as `--seed` prints it. @throws SyntaxError or ZodError for any other text */
export function readPlan(text: string): Plan {
  return planSchema.parse(JSON.parse(text))
}
