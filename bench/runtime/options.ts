import {
  type CommonOptions,
  commonFlags,
  commonOptions,
  LOAD_USAGE,
  namesIn,
  QUICK_USAGE,
  readFlags,
  roundsUsage,
} from '../flags.ts'
import type { Span } from '../load/closed-loop.ts'
import type { ColdStartPlan } from '../scenarios/cold-start.ts'
import { type Storage, storagesFor } from '../workerd/storages.ts'

const ROUNDS = 3

/** What a run is to measure, and how long. Times in milliseconds. */
export interface Options extends CommonOptions {
  /** Of Petrel, and of the bare Workers, which leave nothing to be done behind. */
  readonly span: Span
  readonly bareSpan: Span
  /** How long checkouts begin at a fixed rate. */
  readonly openLoop: number
  readonly coldStart: ColdStartPlan
  /** Names of scenarios and of the other measurements; `null`: all. */
  readonly only: readonly string[] | null
  readonly storages: readonly Storage[]
  /** Whether the result is kept in the repository, and the page of all results drawn anew. */
  readonly release: boolean
}

export const RUNTIME_USAGE = `${QUICK_USAGE}  --only <names>      comma-separated: hello, insert, command, checkout, hot-reservation, hot-checkout,
                      latency, counts, cold-start
${roundsUsage(ROUNDS)}  --seconds <number>  how long each time (5), after 4 s that are not counted
${LOAD_USAGE}  --storage <folder>  keeps the data there while it runs, and deletes it then. Without it, all is measured twice:
                      on disk (.wrangler/bench), and in memory (/dev/shm, where there is one)
  --release           keeps the medians in bench/results/, and draws its page, index.html, anew

  What is measured includes what it sets off: after each load the bench waits until the runtime is idle.
  How to read the table: docs/performance.md. Processor time is known on Linux only. Flushes are counted in a
  short round of their own, if strace is on the PATH ("–" without it).
`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readOptions(args: readonly string[]): Options {
  const values = readFlags(args, {
    ...commonFlags,
    only: { type: 'string' },
    release: { type: 'boolean', default: false },
  })
  const { quick, release } = values
  const common = commonOptions(values, quick ? 4 : 5, ROUNDS)
  const { measured } = common
  return {
    ...common,
    span: { rampUp: quick ? 2_000 : 4_000, measured },
    bareSpan: { rampUp: 1_000, measured },
    openLoop: measured * 2,
    coldStart: quick ? { aggregates: 1, restarts: 3 } : { aggregates: 4, restarts: 5 },
    only: namesIn(values.only),
    storages: storagesFor(common.storage),
    release,
  }
}
