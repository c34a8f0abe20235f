import { atLeastOne, readFlags } from '../flags.ts'
import type { Span } from '../load.ts'

/** An aggregate publishes every 5 s at most: after so long (ms) all of them do so at their own time. */
const RAMP_UP = 8_000

/** What a run of the pipeline is to measure. Times in milliseconds. */
export interface PipelineOptions {
  readonly rounds: number
  readonly connections: number
  /** How long events are appended while they are delivered. */
  readonly span: Span
  /** How many events pile up before each drain, in how many aggregates. */
  readonly events: number
  readonly aggregates: number
  readonly forwarders: number
  /** Names of measurements; `null`: all. */
  readonly only: readonly string[] | null
  /** Where the result is to be written as JSON; `null`: nowhere. */
  readonly json: string | null
  readonly storage: string | null
}

export const PIPELINE_USAGE = `  --quick             one short round: to see that it works, not to compare by
  --only <names>      comma-separated: sustained, logs, ledgers
  --rounds <number>   how often each is measured, in turn (5)
  --events <number>   how many events pile up before they are delivered (10000)
  --aggregates <n>    in how many aggregates (500)
  --forwarders <n>    how many forwarders deliver, each over a connection of its own (8)
  --seconds <number>  how long events are appended while they are delivered (10), after 8 s not counted
  --connections <n>   how many requests are under way at a time (32)
  --json <file>       writes the result there as well, for machines
  --storage <folder>  keeps the data there while it runs, and deletes it then (.wrangler/bench)
  Needs Java 17 and Maven: a real Apache Kafka is fetched once and started.
`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readPipelineOptions(args: readonly string[]): PipelineOptions {
  const values = readFlags(args, {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    events: { type: 'string' },
    aggregates: { type: 'string' },
    forwarders: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string' },
    json: { type: 'string' },
    storage: { type: 'string' },
  })
  const { quick } = values
  return {
    rounds: atLeastOne('--rounds', values.rounds, quick ? 1 : 5),
    connections: atLeastOne('--connections', values.connections, 32),
    span: {
      rampUp: RAMP_UP,
      measured: atLeastOne('--seconds', values.seconds, quick ? 5 : 10) * 1_000,
    },
    events: atLeastOne('--events', values.events, quick ? 3_000 : 10_000),
    aggregates: atLeastOne('--aggregates', values.aggregates, quick ? 150 : 500),
    forwarders: atLeastOne('--forwarders', values.forwarders, 8),
    only: values.only?.split(',').map((name) => name.trim()) ?? null,
    json: values.json ?? null,
    storage: values.storage ?? null,
  }
}
