import { heading, type Machine, thisMachine } from '../machine.ts'
import type { ColdStart } from '../scenarios/cold-start.ts'
import { median } from '../statistics.ts'
import { count, share, spread, table } from '../table.ts'
import type { Options } from './options.ts'
import type { Measured, Measurement } from './rounds.ts'

/** A command that appends one event reaches at least this share of (b). */
const COMMAND_AT_LEAST = 0.7
/** The first read of the longest history takes at most so many times that of the shortest. */
const COLD_START_AT_MOST = 1.5

/** One line of the table: medians over all rounds. Latencies in milliseconds. */
interface Row {
  readonly name: string
  readonly title: string
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Throughput as a multiple of (b) in the same round; `null` where (b) was not measured. */
  readonly ofInsert: number | null
  /** Shares of one processor, 0 to 1. */
  readonly runtimeLoad: number | null
  readonly clientLoad: number
  readonly failures: number
  readonly resets: number
  /** In the order of the rounds: how far they lie apart tells how far to trust the median. */
  readonly rounds: readonly Measurement[]
}

interface Target {
  readonly name: string
  readonly value: number
  readonly bound: string
  readonly met: boolean
}

/** All that a run has found, as it is written to a file. */
export interface Report {
  readonly at: string
  readonly machine: Machine
  readonly options: Options
  readonly rows: readonly Row[]
  readonly coldStart: readonly ColdStart[]
  readonly targets: readonly Target[]
}

/** Puts together what was measured. */
export function reportOn(
  options: Options,
  measured: readonly Measured[],
  coldStart: readonly ColdStart[],
): Report {
  const insert = measured.find(({ scenario }) => scenario.name === 'insert')
  const rows = measured.map((one) => rowOf(one, insert))
  return {
    at: new Date().toISOString(),
    machine: thisMachine(),
    options,
    rows,
    coldStart,
    targets: targetsOf(rows, coldStart),
  }
}

function rowOf({ scenario, rounds }: Measured, insert: Measured | undefined): Row {
  const of = (value: (round: Measurement) => number) => median(rounds.map(value))
  const ratios = rounds.flatMap(({ perSecond }, index) => {
    const bare = insert?.rounds[index]?.perSecond
    return bare ? [perSecond / bare] : []
  })
  const runtimeLoads = rounds.flatMap(({ runtimeLoad }) => (runtimeLoad === null ? [] : [runtimeLoad]))
  return {
    name: scenario.name,
    title: scenario.title,
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    ofInsert: ratios.length > 0 ? median(ratios) : null,
    runtimeLoad: runtimeLoads.length > 0 ? median(runtimeLoads) : null,
    clientLoad: of(({ clientLoad }) => clientLoad),
    failures: rounds.reduce((total, { failures }) => total + failures, 0),
    resets: rounds.reduce((total, { resets }) => total + resets, 0),
    rounds,
  }
}

function targetsOf(rows: readonly Row[], coldStart: readonly ColdStart[]): Target[] {
  const targets: Target[] = []
  const ofInsert = rows.find(({ name }) => name === 'command')?.ofInsert ?? null
  if (ofInsert !== null)
    targets.push({
      name: 'one command, one event, as a multiple of (b)',
      value: ofInsert,
      bound: `at least ${COMMAND_AT_LEAST}`,
      met: ofInsert >= COMMAND_AT_LEAST,
    })
  const [shortest, longest] = [coldStart.at(0), coldStart.at(-1)]
  if (shortest && longest) {
    const value = longest.median / shortest.median
    targets.push({
      name: `cold start with ${count(longest.events)} events, as a multiple of ${shortest.events}`,
      value,
      bound: `at most ${COLD_START_AT_MOST}`,
      met: value <= COLD_START_AT_MOST,
    })
  }
  return targets
}

/** The report as people read it. */
export function render({ machine, options, rows, coldStart, targets }: Report): string {
  const { rounds, connections, span } = options
  const parts = [
    `${heading('Petrel bench', machine)}\n` +
      `${connections} connections · median of ${rounds} × ${span.measured / 1_000} s, ` +
      `each after ${span.rampUp / 1_000} s that are not counted`,
  ]
  if (rows.length > 0)
    parts.push(
      table(
        ['', 'per second', 'p50 ms', 'p99 ms', '× (b)', 'runtime', 'client', 'rounds'],
        rows.map((row) => [
          row.title,
          count(row.perSecond),
          row.p50.toFixed(1),
          row.p99.toFixed(1),
          row.ofInsert?.toFixed(2) ?? '–',
          share(row.runtimeLoad),
          share(row.clientLoad),
          spread(row.rounds.map(({ perSecond }) => perSecond)),
        ]),
      ),
      'runtime, client: of one processor. A client near 100 % would have measured itself; a runtime well below\nit has waited for the disk.',
    )
  for (const { title, resets } of rows)
    if (resets > 0) parts.push(`${resets} connections were reset during "${title}": the machine was starved.`)
  for (const { title, failures, rounds } of rows)
    if (failures > 0)
      parts.push(
        `${failures} FAILED of "${title}": ${rounds.find((round) => round.firstFailure)?.firstFailure}`,
      )
  if (coldStart.length > 0)
    parts.push(
      table(
        [
          'first read after a restart',
          'median ms',
          'fastest',
          'slowest',
          'reads',
          `× ${coldStart[0]?.events}`,
        ],
        coldStart.map((one) => [
          `${count(one.events)} events`,
          one.median.toFixed(2),
          one.fastest.toFixed(2),
          one.slowest.toFixed(2),
          String(one.reads),
          (one.median / (coldStart[0]?.median ?? Number.NaN)).toFixed(2),
        ]),
      ),
    )
  if (targets.length > 0)
    parts.push(
      targets
        .map(
          ({ name, value, bound, met }) =>
            `${met ? 'MET   ' : 'MISSED'} ${name}: ${value.toFixed(2)} (${bound})`,
        )
        .join('\n'),
    )
  return `${parts.join('\n\n')}\n`
}
