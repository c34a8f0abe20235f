import { z } from 'zod'

// What decides a run beside the code and the seed: plain data, made from the seed, so that a failing run can be made
// shorter by leaving parts out. Times are milliseconds of simulated time since the shop opened.

/** How the deployment of a run is configured, for the whole run. */
export interface Configuration {
  readonly sink: 'lake' | 'firehose'
  readonly gateway: 'sandbox' | 'stripe'
  readonly forwarders: number
  readonly strictOrder: boolean
  /** `local`: the queue is in the memory of the process and dies with it, as in `wrangler dev`. */
  readonly platform: 'local' | 'cloud'
  /** Multiplies every latency of the platform. */
  readonly slowness: number
  /** `many`: after a few events already, as the streams of a run are short. */
  readonly snapshots: 'few' | 'many'
  /** `few`: a message of events is given up after minutes, and not after days. Missing: `many`. */
  readonly retries?: 'few' | 'many'
  /** How long a run rests: a week, or so long that customers lapse and points expire. Missing: `week`. */
  readonly rest?: 'week' | 'year'
}

/** What one client does: steps in order, each after the one before was answered (or given up). */
export interface Story {
  readonly id: string
  /** A generator of steps by this name has made it; see `workload/`. */
  readonly kind: string
  readonly startsAt: number
  readonly steps: readonly Step[]
}

/** One thing that a client does. What it needs of earlier steps (an id, a token) is found at run time; if missing, it is skipped. */
export interface Step {
  /** Unique in its story. It names the step's requests and idempotency keys, whatever other steps are left out. */
  readonly id: string
  /** Names the function of the workload that carries it out. */
  readonly action: string
  /** Waits so long after the step before. */
  readonly pauseMs: number
  /** Drawn when the plan was made. */
  readonly input: Readonly<Record<string, string | number | boolean | null>>
}

/** What can be down, slow, or answer wrongly. */
export type Target = 'sink' | 'database' | 'bucket' | 'gateway' | 'mailer' | 'queue' | 'objects' | 'carrier'

/** One fault. `at` is when it happens or begins. */
export type Fault =
  /**
   * The `skip`-th next time that an object of this class (any without one) has something under way, it crashes. With 0 at
   * once, if one has: then it mostly waits for an answer.
   */
  | {
      readonly kind: 'crash-object'
      readonly at: number
      readonly className: string | null
      readonly skip: number
    }
  /** The whole process dies: Worker and objects; a local queue loses what it holds. */
  | { readonly kind: 'crash-process'; readonly at: number; readonly skip: number }
  /** Idle objects leave memory. */
  | { readonly kind: 'evict'; readonly at: number; readonly share: number }
  /** For a while, a share of calls to a target fails before or after it acted, or is never answered. */
  | {
      readonly kind: 'outage'
      readonly at: number
      readonly forMs: number
      readonly target: Target
      readonly share: number
      readonly manner: 'before' | 'after' | 'hang' | 'partly'
    }
  /** For a while, everything is slower by a factor. */
  | { readonly kind: 'slow'; readonly at: number; readonly forMs: number; readonly factor: number }
  /** For a while, alarms fire late or twice. */
  | {
      readonly kind: 'alarms'
      readonly at: number
      readonly forMs: number
      readonly lateMs: number
      readonly twice: number
    }
  /** For a while, a queue delivers messages twice, late, or again after a consumer died. */
  | {
      readonly kind: 'queue-noise'
      readonly at: number
      readonly forMs: number
      readonly twice: number
      readonly lateMs: number
      readonly consumerDies: number
    }
  /** A new release replaces the old one; both run for a while on the same storage. */
  | { readonly kind: 'deployment'; readonly at: number; readonly overlapMs: number }

export interface Plan {
  readonly seed: number
  readonly configuration: Configuration
  readonly stories: readonly Story[]
  readonly faults: readonly Fault[]
}

/** The outer form; what is inside is checked by who uses it (an action its input). */
const planShape = z.object({
  seed: z.int().min(0),
  configuration: z.object({
    sink: z.string(),
    gateway: z.string(),
    forwarders: z.int(),
    strictOrder: z.boolean(),
    platform: z.string(),
    slowness: z.number(),
    snapshots: z.string(),
    retries: z.string().optional(),
    rest: z.string().optional(),
  }),
  stories: z.array(
    z.looseObject({ id: z.string(), kind: z.string(), startsAt: z.number(), steps: z.array(z.unknown()) }),
  ),
  faults: z.array(z.looseObject({ kind: z.string(), at: z.number() })),
})

/** A plan that was kept, as `--seed` prints it. @throws SyntaxError or ZodError for any other text */
export function readPlan(text: string): Plan {
  const plan: unknown = JSON.parse(text)
  planShape.parse(plan)
  return plan as Plan
}
