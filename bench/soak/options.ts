import { atLeastOne, readFlags } from '../flags.ts'

/** How long a soak lasts, and how much it does. */
export interface SoakOptions {
  readonly minutes: number
  /** Checkouts a second; `null`: a share of what the runtime sustains. */
  readonly rate: number | null
  readonly connections: number
  readonly storage: string | null
}

export const SOAK_USAGE = `  --minutes <number>  how long (20)
  --rate <number>     how many checkouts begin a second (80 % of what a short load finds to be sustained)
  --connections <n>   how many are under way at most; the others wait, and their wait counts (32)
  --storage <folder>  keeps the data there while it runs, and deletes it then (.wrangler/bench)

  It fails if a call failed, an order is not confirmed, an event of an order is not in the lake exactly once,
  an effect is parked, memory or lag keep growing, or the runtime does not come to rest.
`

/** Reads the arguments. Throws `MisuseError` for one that is unknown, or for a number that is none. */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const values = readFlags(args, {
    minutes: { type: 'string' },
    rate: { type: 'string' },
    connections: { type: 'string' },
    storage: { type: 'string' },
  })
  return {
    minutes: atLeastOne('--minutes', values.minutes, 20),
    rate: values.rate === undefined ? null : atLeastOne('--rate', values.rate, 1),
    connections: atLeastOne('--connections', values.connections, 32),
    storage: values.storage ?? null,
  }
}
