import {
  atLeastOne,
  COMMON_USAGE,
  type CommonOptions,
  commonFlags,
  commonOptions,
  KAFKA_USAGE,
  namesIn,
  QUICK_USAGE,
  ROUNDS_USAGE,
  readFlags,
} from '../flags.ts'
import type { Span } from '../load/closed-loop.ts'

/** An aggregate publishes every 5 s at most: after so long (ms) all of them do so at their own time. */
const RAMP_UP_MS = 8_000

/** What a run of the pipeline is to measure. Times in milliseconds. */
export interface PipelineOptions extends CommonOptions {
  /** How long events are appended while they are forwarded. */
  readonly span: Span
  /** How many events pile up before each drain, in how many aggregates. */
  readonly events: number
  readonly aggregates: number
  readonly forwarders: number
  /** Names of measurements; `null`: all. */
  readonly only: readonly string[] | null
}

export const PIPELINE_USAGE = `${QUICK_USAGE}  --only <names>      comma-separated: sustained, logs, ledgers
${ROUNDS_USAGE}  --events <number>   how many events pile up before they are forwarded (10000)
  --aggregates <n>    in how many aggregates (500)
  --forwarders <n>    how many forwarders, each over a connection of its own (8)
  --seconds <number>  how long events are appended while they are forwarded (10), after 8 s not counted
${COMMON_USAGE}${KAFKA_USAGE}`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readPipelineOptions(args: readonly string[]): PipelineOptions {
  const values = readFlags(args, {
    ...commonFlags,
    only: { type: 'string' },
    events: { type: 'string' },
    aggregates: { type: 'string' },
    forwarders: { type: 'string' },
  })
  const { quick } = values
  const common = commonOptions(values, quick ? 5 : 10)
  return {
    ...common,
    span: { rampUp: RAMP_UP_MS, measured: common.measured },
    events: atLeastOne('--events', values.events, quick ? 3_000 : 10_000),
    aggregates: atLeastOne('--aggregates', values.aggregates, quick ? 150 : 500),
    forwarders: atLeastOne('--forwarders', values.forwarders, 8),
    only: namesIn(values.only),
  }
}
