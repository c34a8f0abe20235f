import { type Context, currentContext, runIn } from '../kernel/context.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import { cloned } from './cloned.ts'
import type { Disturbances } from './disturbances.ts'

/** What a caller gets when an object was reset while it worked, or a connection to it broke. */
export class LostCall extends Error {
  readonly remote = true
  readonly retryable = true
  readonly durableObjectReset = true

  constructor() {
    super('Network connection lost.')
    this.name = 'Error'
  }
}

interface Sender {
  readonly scheduler: Scheduler
  readonly disturbances: Disturbances
  readonly owner: Context
}

/** A value as it crosses RPC: a structured clone, in which functions can be called back. */
export function passed<Value>(value: Value, sender: Sender): Value
export function passed(value: unknown, sender: Sender): unknown {
  if (Array.isArray(value) && value.some((item) => typeof item === 'function'))
    return value.map((item) => (typeof item === 'function' ? callback(item, sender) : cloned(item)))
  return cloned(value)
}

/** A fault as it crosses RPC: its class is lost. */
export function passedFault(fault: unknown): unknown {
  if (!(fault instanceof Error)) return cloned(fault)
  if (fault instanceof LostCall) return fault
  const copy = new Error(fault.message)
  copy.name = fault.name
  return Object.assign(copy, { remote: true })
}

/** A function of another context: a call goes there and comes back. */
function callback(
  work: (...args: unknown[]) => unknown,
  { scheduler, disturbances, owner }: Sender,
): (...args: unknown[]) => Promise<unknown> {
  return (...args) => {
    const caller = currentContext()
    return new Promise((resolve, reject) => {
      const back = (action: () => void) =>
        scheduler.schedule(
          caller,
          disturbances.latency(caller.random, 1),
          `${owner.name} answers ${caller.name}`,
          action,
        )
      caller.leave(() =>
        scheduler.schedule(
          owner,
          disturbances.latency(caller.random, 1),
          `${caller.name} calls back ${owner.name}`,
          () => {
            const answer = runIn(owner, async () => work(...cloned(args)))
            answer.then(
              (result) => owner.leave(() => back(() => resolve(cloned(result)))),
              (fault: unknown) => owner.leave(() => back(() => reject(passedFault(fault)))),
            )
          },
        ),
      )
    })
  }
}
