import { type Machine, thisMachine } from '../machine.ts'
import type { ColdStart } from '../scenarios/cold-start.ts'
import type { CountedScenario } from './counts.ts'
import type { Options } from './options.ts'
import { type OnStorage, type Target, targetsOf } from './targets.ts'

/** All that a run has found, as it is written to a file. */
export interface Report {
  readonly at: string
  readonly machine: Machine
  readonly options: Options
  readonly measured: readonly OnStorage[]
  readonly counted: readonly CountedScenario[]
  readonly coldStart: readonly ColdStart[]
  readonly targets: readonly Target[]
}

/** Puts together what was measured. */
export function reportOn(
  options: Options,
  measured: readonly OnStorage[],
  counted: readonly CountedScenario[],
  coldStart: readonly ColdStart[],
): Report {
  return {
    at: new Date().toISOString(),
    machine: thisMachine(),
    options,
    measured,
    counted,
    coldStart,
    targets: targetsOf(measured, counted, coldStart),
  }
}

/** Whether something is broken: an answer was wrong, a connection was reset, or a drain did not end. */
export function hasFailed({ measured }: Report): boolean {
  return measured.some(
    ({ rows, latency }) =>
      (latency?.failures ?? 0) + (latency?.resets ?? 0) > 0 ||
      rows.some(({ failures, resets, undrained }) => failures + resets + undrained > 0),
  )
}
