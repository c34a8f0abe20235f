import {
  COMMON_USAGE,
  type CommonOptions,
  commonFlags,
  commonOptions,
  KAFKA_USAGE,
  QUICK_USAGE,
  ROUNDS_USAGE,
  readFlags,
} from '../flags.ts'
import type { Span } from '../load/closed-loop.ts'

/** What a run of the outage is to measure. Times in milliseconds. */
export interface OutageOptions extends CommonOptions {
  readonly span: Span
}

export const OUTAGE_USAGE = `${QUICK_USAGE}${ROUNDS_USAGE}  --seconds <number>  how long each time (5), after 4 s that are not counted
${COMMON_USAGE}${KAFKA_USAGE}`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readOutageOptions(args: readonly string[]): OutageOptions {
  const values = readFlags(args, commonFlags)
  const common = commonOptions(values, values.quick ? 4 : 5)
  return { ...common, span: { rampUp: values.quick ? 2_000 : 4_000, measured: common.measured } }
}
