import { atLeastOne, readFlags } from './flags.ts'
import type { Span } from './load.ts'
import type { ColdStartPlan } from './scenarios/cold-start.ts'

/** What a run is to measure, and how long. Times in milliseconds. */
export interface Options {
  readonly rounds: number
  readonly connections: number
  /** Of Petrel, and of the bare Workers, which leave nothing to be done behind. */
  readonly span: Span
  readonly bareSpan: Span
  readonly coldStart: ColdStartPlan
  /** Names of scenarios; `null`: all. */
  readonly only: readonly string[] | null
  /** Where the result is to be written as JSON; `null`: nowhere. */
  readonly json: string | null
  /** Where the runtime keeps its data meanwhile; `null`: in the project's .wrangler folder. */
  readonly storage: string | null
}

export const RUNTIME_USAGE = `  --quick             one short round: to see that it works, not to compare by
  --only <names>      comma-separated: hello, insert, command, checkout, hot-reservation, hot-checkout,
                      cold-start
  --rounds <number>   how often each is measured, in turn (5)
  --seconds <number>  how long each time (5), after 4 s that are not counted
  --connections <n>   how many requests are under way at a time (32)
  --json <file>       writes the result there as well, for machines
  --storage <folder>  keeps the data there while it runs, and deletes it then (.wrangler/bench)
`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readOptions(args: readonly string[]): Options {
  const values = readFlags(args, {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string' },
    json: { type: 'string' },
    storage: { type: 'string' },
  })
  const { quick } = values
  const measured = atLeastOne('--seconds', values.seconds, quick ? 4 : 5) * 1_000
  return {
    rounds: atLeastOne('--rounds', values.rounds, quick ? 1 : 5),
    connections: atLeastOne('--connections', values.connections, 32),
    span: { rampUp: quick ? 2_000 : 4_000, measured },
    bareSpan: { rampUp: 1_000, measured },
    coldStart: quick ? { aggregates: 1, restarts: 3 } : { aggregates: 4, restarts: 5 },
    only: values.only?.split(',').map((name) => name.trim()) ?? null,
    json: values.json ?? null,
    storage: values.storage ?? null,
  }
}
