import { median } from '../statistics.ts'
import type { Storage } from '../workerd/storages.ts'
import type { Round } from './round.ts'
import type { Measured } from './rounds.ts'

/** One line of the table: medians over all rounds on one storage. Latencies in milliseconds. */
export interface Row {
  readonly storage: Storage['name']
  readonly name: string
  readonly title: string
  /** Completed operations a second while the load lasts, and until the runtime is idle again. */
  readonly perSecond: number
  readonly sustained: number
  /** Sustained as a share of what was completed a second of the whole load. */
  readonly kept: number
  readonly drainSeconds: number
  /** Of the runtime for one operation (ms): with its drain, and after it, to close objects. */
  readonly processorTime: number | null
  readonly closingTime: number | null
  readonly p50: number
  readonly p99: number
  readonly gapP99: number
  readonly longestGap: number
  /** As multiples of (b) on the same storage in the same round; `null` where (b) was not measured. */
  readonly ofInsert: number | null
  readonly sustainedOfInsert: number | null
  readonly processorTimeOfInsert: number | null
  /** Shares of one processor, 0 to 1. */
  readonly runtimeLoad: number | null
  readonly clientLoad: number
  readonly failures: number
  readonly resets: number
  readonly firstFailure: string | null
  /** Rounds after which the runtime did not come to an end: what is said of drain and sustained is too good. */
  readonly undrained: number
  /** In the order of the rounds: how far they lie apart tells how far to trust the median. */
  readonly rounds: readonly Round[]
}

/** The rows of all scenarios on one storage. */
export function rowsOf(storage: Storage['name'], measured: readonly Measured[]): Row[] {
  const insert = measured.find(({ scenario }) => scenario.name === 'insert')?.rounds ?? []
  return measured.map((one) => rowOf(storage, one, insert))
}

function rowOf(storage: Storage['name'], { scenario, rounds }: Measured, insert: readonly Round[]): Row {
  const of = (value: (round: Round) => number | null) => medianOfKnown(rounds.map(value))
  const sum = (value: (round: Round) => number) => rounds.reduce((total, round) => total + value(round), 0)
  const ofInsert = (value: (round: Round) => number | null) =>
    medianOfKnown(
      rounds.map((round, index) => {
        const bare = insert[index]
        const [mine, its] = [value(round), bare ? value(bare) : null]
        return mine === null || !its ? null : mine / its
      }),
    )
  const number = (value: (round: Round) => number) => median(rounds.map(value))
  return {
    storage,
    name: scenario.name,
    title: scenario.title,
    perSecond: number((round) => round.perSecond),
    sustained: number((round) => round.sustained),
    kept: number((round) => (round.sustained * round.loadSeconds) / round.completed),
    drainSeconds: number((round) => round.drainSeconds),
    processorTime: of((round) => round.processorTime),
    closingTime: of((round) => round.closingTime),
    p50: number((round) => round.p50),
    p99: number((round) => round.p99),
    gapP99: number((round) => round.gaps.p99),
    longestGap: Math.max(...rounds.map((round) => round.gaps.longest)),
    ofInsert: ofInsert((round) => round.perSecond),
    sustainedOfInsert: ofInsert((round) => round.sustained),
    processorTimeOfInsert: ofInsert((round) => round.processorTime),
    runtimeLoad: of((round) => round.runtimeLoad),
    clientLoad: number((round) => round.clientLoad),
    failures: sum((round) => round.failures),
    resets: sum((round) => round.resets + round.gaps.resets),
    firstFailure: rounds.find((round) => round.firstFailure !== null)?.firstFailure ?? null,
    undrained: rounds.filter((round) => !round.drained).length,
    rounds,
  }
}

function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => (value === null ? [] : [value]))
  return known.length > 0 ? median(known) : null
}
