import { heading, type Machine, thisMachine } from '../machine.ts'
import type { Measurement } from '../runtime/round.ts'
import { median } from '../statistics.ts'
import { count, ratio, spread, table } from '../table.ts'
import type { OutageOptions } from './options.ts'

/** The sink as it is while a measurement runs; `again`: up, once more. */
export const conditions = ['up', 'down', 'again'] as const
export type Condition = (typeof conditions)[number]

export type Rounds = readonly Readonly<Record<Condition, Measurement>>[]

const titles = { up: 'sink up', down: 'sink down all the time', again: 'sink up, measured again' } as const

/** What came of the Petrel whose sink was down, once it was up. */
export interface Arrival {
  readonly appended: number
  readonly arrived: number
  readonly repeats: number
  /** Events out of order, or with one missing before. */
  readonly faults: number
  readonly seconds: number
}

export interface OutageReport {
  readonly at: string
  readonly machine: Machine
  readonly options: OutageOptions
  readonly rounds: Rounds
  readonly arrival: Arrival
  /** p99 with the sink down, and of the second measurement with the sink up, as multiples of the first. */
  readonly p99: { readonly down: readonly number[]; readonly again: readonly number[] }
}

/** Puts together what was measured. */
export function reportOn(options: OutageOptions, rounds: Rounds, arrival: Arrival): OutageReport {
  const ofUp = (condition: Condition) => rounds.map((round) => round[condition].p99 / round.up.p99)
  return {
    at: new Date().toISOString(),
    machine: thisMachine(),
    options,
    rounds,
    arrival,
    p99: { down: ofUp('down'), again: ofUp('again') },
  }
}

/** The report as people read it. */
export function render({ machine, options, rounds, arrival, p99 }: OutageReport): string {
  const { connections, span } = options
  const failures = conditions.flatMap((condition) =>
    rounds.flatMap((round) =>
      round[condition].firstFailure === null ? [] : [round[condition].firstFailure],
    ),
  )
  const row = (condition: Condition) => {
    const of = (value: (one: Measurement) => number) => rounds.map((round) => value(round[condition]))
    const cell = (values: readonly number[]) => [median(values).toFixed(1), spread(values)]
    const perSecond = of((one) => one.perSecond)
    return [
      titles[condition],
      count(median(perSecond)),
      ...cell(of((one) => one.p50)),
      ...cell(of((one) => one.p99)),
    ]
  }
  const parts = [
    `${heading('Petrel bench outage', machine)}\n` +
      `changePrice on 64 aggregates, ${connections} connections · median of ${options.rounds} × ` +
      `${span.measured / 1_000} s, each after ${span.rampUp / 1_000} s that are not counted`,
    table(
      ['', 'per second', 'p50 ms', 'rounds', 'p99 ms', 'rounds'],
      conditions.map((condition) => row(condition)),
    ),
    `p99 with the sink down, as a multiple of up:  ${ratio(median(p99.down))} (${spread(p99.down, ratio)})\n` +
      `the same of up, measured again:               ${ratio(median(p99.again))} (${spread(p99.again, ratio)})`,
    `After the sink came back: ${count(arrival.arrived)} of ${count(arrival.appended)} events had arrived ` +
      `within ${arrival.seconds.toFixed(0)} s, ${arrival.faults} out of order or with one missing before, ` +
      `${arrival.repeats} repeats.`,
    ...(failures.length > 0 ? [`FAILED: ${failures[0]}`] : []),
  ]
  return `${parts.join('\n\n')}\n`
}
