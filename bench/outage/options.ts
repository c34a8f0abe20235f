import { atLeastOne, readFlags } from '../flags.ts'
import type { Span } from '../load.ts'

/** What a run of the outage is to measure. Times in milliseconds. */
export interface OutageOptions {
  readonly rounds: number
  readonly connections: number
  readonly span: Span
  /** Where the result is to be written as JSON; `null`: nowhere. */
  readonly json: string | null
  readonly storage: string | null
}

export const OUTAGE_USAGE = `  --quick             one short round: to see that it works, not to compare by
  --rounds <number>   how often each is measured, in turn (5)
  --seconds <number>  how long each time (5), after 4 s that are not counted
  --connections <n>   how many requests are under way at a time (32)
  --json <file>       writes the result there as well, for machines
  --storage <folder>  keeps the data there while it runs, and deletes it then (.wrangler/bench)
  Needs Java 17 and Maven: a real Apache Kafka is fetched once and started.
`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readOutageOptions(args: readonly string[]): OutageOptions {
  const values = readFlags(args, {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
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
      rampUp: quick ? 2_000 : 4_000,
      measured: atLeastOne('--seconds', values.seconds, quick ? 4 : 5) * 1_000,
    },
    json: values.json ?? null,
    storage: values.storage ?? null,
  }
}
