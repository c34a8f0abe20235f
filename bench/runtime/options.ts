import {
  COMMON_USAGE,
  type CommonOptions,
  commonFlags,
  commonOptions,
  namesIn,
  QUICK_USAGE,
  ROUNDS_USAGE,
  readFlags,
} from '../flags.ts'
import type { Span } from '../load.ts'
import type { ColdStartPlan } from '../scenarios/cold-start.ts'

/** What a run is to measure, and how long. Times in milliseconds. */
export interface Options extends CommonOptions {
  /** Of Petrel, and of the bare Workers, which leave nothing to be done behind. */
  readonly span: Span
  readonly bareSpan: Span
  readonly coldStart: ColdStartPlan
  /** Names of scenarios; `null`: all. */
  readonly only: readonly string[] | null
}

export const RUNTIME_USAGE = `${QUICK_USAGE}  --only <names>      comma-separated: hello, insert, command, checkout, hot-reservation, hot-checkout,
                      cold-start
${ROUNDS_USAGE}  --seconds <number>  how long each time (5), after 4 s that are not counted
${COMMON_USAGE}`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readOptions(args: readonly string[]): Options {
  const values = readFlags(args, { ...commonFlags, only: { type: 'string' } })
  const { quick } = values
  const common = commonOptions(values, quick ? 4 : 5)
  const { measured } = common
  return {
    ...common,
    span: { rampUp: quick ? 2_000 : 4_000, measured },
    bareSpan: { rampUp: 1_000, measured },
    coldStart: quick ? { aggregates: 1, restarts: 3 } : { aggregates: 4, restarts: 5 },
    only: namesIn(values.only),
  }
}
