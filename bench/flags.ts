import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { MisuseError } from './suite.ts'

/** Reads flags. Throws `MisuseError` for one that is unknown. */
export function readFlags<const Flags extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Flags,
) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (fault) {
    throw new MisuseError(fault instanceof Error ? fault.message : String(fault))
  }
}

/** The number of a flag. Throws `MisuseError` for one that is none, or below 1. */
export function atLeastOne(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1)
    throw new MisuseError(`${flag} ${text} is no whole number from 1 on`)
  return Number(text)
}

/** The flags of every bench. */
export const commonFlags = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  connections: { type: 'string' },
  json: { type: 'string' },
  storage: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

export const QUICK_USAGE = `  --quick             one short round: to see that it works, not to compare by
`
export const ROUNDS_USAGE = roundsUsage(5)

/** The flag for the number of rounds, of which there are so many without it. */
export function roundsUsage(rounds: number): string {
  return `  --rounds <number>   how often each is measured, in turn (${rounds})\n`
}

export const LOAD_USAGE = `  --connections <n>   how many requests are under way at a time (32)
  --json <file>       writes the result there as well, for machines
`
export const COMMON_USAGE = `${LOAD_USAGE}  --storage <folder>  keeps the data there while it runs, and deletes it then (.wrangler/bench)
`
export const KAFKA_USAGE = `  Needs Java 17 and Maven: a real Apache Kafka is fetched once and started.
`

/** What every bench can be told. */
export interface CommonOptions {
  readonly rounds: number
  readonly connections: number
  /** How long each measurement takes (ms). */
  readonly measured: number
  /** Where the result is to be written as JSON; `null`: nowhere. */
  readonly json: string | null
  /** Where the runtime keeps its data meanwhile; `null`: in the project's .wrangler folder. */
  readonly storage: string | null
}

/** What the common flags say; `seconds`: how long each measurement takes without one, `rounds`: how often. */
export function commonOptions(
  values: {
    readonly [Flag in keyof typeof commonFlags]?: Flag extends 'quick' ? boolean : string | undefined
  },
  seconds: number,
  rounds = 5,
): CommonOptions {
  return {
    rounds: atLeastOne('--rounds', values.rounds, values.quick ? 1 : rounds),
    connections: atLeastOne('--connections', values.connections, 32),
    measured: atLeastOne('--seconds', values.seconds, seconds) * 1_000,
    json: values.json ?? null,
    storage: values.storage ?? null,
  }
}

/** Names with commas between them; `null`: all there are. */
export function namesIn(text: string | undefined): readonly string[] | null {
  return text?.split(',').map((name) => name.trim()) ?? null
}
