import type { Inspection, Invariant, Violation } from '../world.ts'
import * as acknowledged from './acknowledged.ts'
import * as answers from './answers.ts'
import * as customers from './customers.ts'
import * as effects from './effects.ts'
import * as idempotency from './idempotency.ts'
import * as lists from './lists.ts'
import * as log from './log.ts'
import * as orders from './orders.ts'
import * as payments from './payments.ts'
import * as personalData from './personal-data.ts'
import * as points from './points.ts'
import * as promotions from './promotions.ts'
import * as sink from './sink.ts'
import * as stock from './stock.ts'
import * as timers from './timers.ts'

/** Every promise of the product that each run is held to. */
export const invariants: readonly Invariant[] = [
  ...Object.values(log),
  ...Object.values(acknowledged),
  ...Object.values(idempotency),
  ...Object.values(stock),
  ...Object.values(payments),
  ...Object.values(orders),
  ...Object.values(promotions),
  ...Object.values(points),
  ...Object.values(customers),
  ...Object.values(sink),
  ...Object.values(lists),
  ...Object.values(personalData),
  ...Object.values(timers),
  ...Object.values(effects),
  ...Object.values(answers),
]

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
