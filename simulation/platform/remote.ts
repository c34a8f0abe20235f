import { currentContext } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Target } from '../plan.ts'
import type { Disturbances } from './disturbances.ts'

/** The latest that a call without an answer is carried out (ms): its caller gave up long before, and tried again. */
const MAX_LATE_MS = 60_000

/** Calls to something outside of the isolate: a database, a bucket, a service. */
export class Remote {
  readonly #scheduler: Scheduler
  readonly #disturbances: Disturbances
  readonly #target: Target
  readonly #usualMs: number
  readonly #fault: () => Error

  /** @param fault what a caller gets when a call fails */
  constructor(
    { scheduler, disturbances }: { scheduler: Scheduler; disturbances: Disturbances },
    target: Target,
    usualMs: number,
    fault: () => Error,
  ) {
    this.#scheduler = scheduler
    this.#disturbances = disturbances
    this.#target = target
    this.#usualMs = usualMs
    this.#fault = fault
  }

  /**
   * Does `work` at the other side, and brings its result (or what it throws) back.
   *
   * @param partly what happens instead where only a part of the work can be done
   * @param answered called when the result has reached the caller
   */
  call<Result>(
    label: string,
    work: () => Result,
    { partly, answered }: { partly?: () => Result; answered?: () => void } = {},
  ): Promise<Result> {
    const caller = currentContext()
    const scheduler = this.#scheduler
    return new Promise((resolve, reject) => {
      const back = (action: () => void) =>
        scheduler.schedule(
          caller,
          this.#disturbances.latency(caller.random, this.#usualMs),
          `${label} answers ${caller.name}`,
          action,
        )
      caller.leave(() => {
        const outcome = this.#disturbances.outcome(this.#target, label, partly !== undefined)
        if (outcome === 'before') return void back(() => reject(this.#fault()))
        scheduler.schedule(
          null,
          this.#disturbances.latency(caller.random, this.#usualMs) +
            (outcome === 'hang' ? lateness(caller.random) : 0),
          `${caller.name} calls ${label}`,
          () => {
            try {
              const result = outcome === 'partly' && partly ? partly() : work()
              if (outcome === 'hang') return
              if (outcome === 'after') back(() => reject(this.#fault()))
              else
                back(() => {
                  answered?.()
                  resolve(result)
                })
            } catch (fault) {
              back(() => reject(fault))
            }
          },
        )
      })
    })
  }
}

/** What is not answered is carried out at once, or late (ms). */
export function lateness(random: Random): number {
  return random.chance(0.5) ? random.between(0, MAX_LATE_MS) : 0
}
