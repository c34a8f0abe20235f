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

const ERRORS = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((one) => [one.name, one]),
)

/** A fault as it crosses RPC: its properties stay, and its class only if it is one of the language. */
export function passedFault(fault: unknown): unknown {
  if (typeof fault === 'object' && fault !== null && !(fault instanceof Error))
    return Object.assign(Object(cloned(fault)), { remote: true })
  return Object.assign(copyOf(fault), { remote: true })
}

/** What callers get when an object was reset because of a fault. The platform tells them, not the object. */
export function resetFault(fault: unknown): Error {
  return Object.assign(copyOf(fault), { durableObjectReset: true })
}

/** An error like another one. A value that is no error becomes one's message. */
function copyOf(fault: unknown): Error {
  if (!(fault instanceof Error)) return new Error(String(fault))
  if (fault instanceof DOMException) return new DOMException(fault.message, fault.name)
  const { name, message, cause } = fault
  const copy = new (ERRORS.get(name) ?? Error)(message, cause === undefined ? {} : { cause: copyOf(cause) })
  // As an error of the language has it, not to be enumerated.
  if (copy.name !== name)
    Object.defineProperty(copy, 'name', { value: name, configurable: true, writable: true })
  return Object.assign(copy, ownOf(fault))
}

/** The properties of an error; none, if one of them cannot be cloned. */
function ownOf({ name: _, ...own }: Error): object {
  try {
    return structuredClone(own)
  } catch {
    return {}
  }
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
            const answer = runIn(owner, async () => work(...args.map((arg) => cloned(arg))))
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
