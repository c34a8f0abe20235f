import type { Inspection, Invariant, Violation } from '../world.ts'
import * as acknowledged from './acknowledged.ts'
import * as answers from './answers.ts'
import * as customers from './customers.ts'
import * as effects from './effects.ts'
import * as idempotency from './idempotency.ts'
import * as lists from './lists.ts'
import * as log from './log.ts'
import * as mails from './mails.ts'
import * as orders from './orders.ts'
import * as payments from './payments.ts'
import * as personalData from './personal-data.ts'
import * as points from './points.ts'
import * as promotions from './promotions.ts'
import * as reads from './reads.ts'
import * as sink from './sink.ts'
import * as stock from './stock.ts'
import * as timers from './timers.ts'

const subjects: readonly Readonly<Record<string, Invariant>>[] = [
  log,
  acknowledged,
  reads,
  idempotency,
  stock,
  payments,
  orders,
  promotions,
  points,
  customers,
  sink,
  lists,
  personalData,
  timers,
  effects,
  mails,
  answers,
]

/** Every promise of the product that each run is held to; in one order, whatever loads the modules. */
export const invariants: readonly Invariant[] = subjects.flatMap((subject) =>
  Object.entries(subject)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, invariant]) => invariant),
)

/**
 * The promises that are broken at a moment of a run.
 *
 * @param isAtRest whether all faults have healed and nothing is left to do: then all promises hold, else some
 */
export function violationsIn(inspection: Inspection, isAtRest: boolean): Violation[] {
  return invariants
    .filter(({ always }) => isAtRest || always)
    .flatMap((invariant) => invariant.check(inspection))
}
