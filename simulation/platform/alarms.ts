import type { Random } from '../kernel/random.ts'
import type { Scheduler, Task } from '../kernel/scheduler.ts'
import type { Disturbances } from './disturbances.ts'
import type { SimulatedObject } from './life.ts'

/** A handler that throws is tried again so often, from two seconds on, twice as late each time. */
const MAX_RETRIES = 6
const FIRST_RETRY_MS = 2_000
/** A handler is stopped after so long (ms): https://developers.cloudflare.com/durable-objects/platform/limits/ */
const MAX_HANDLER_MS = 15 * 60_000

/** Runs an object's handler, which is told how often it was tried before. Resolves with whether it succeeded. */
type Fire = (object: SimulatedObject, retryCount: number) => Promise<boolean>

interface Scheduled {
  readonly at: number
  readonly task: Task
}

/**
 * Fires the alarms of objects: at least once, not before their time, one at a time for each object. An alarm counts as
 * fired when its handler has succeeded; what the handler did before a crash is not taken back.
 */
export class Alarms {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #disturbances: Disturbances
  readonly #fire: Fire
  readonly #stop: (object: SimulatedObject) => void
  readonly #scheduled = new Map<SimulatedObject, Scheduled>()
  /** Objects whose handler runs. */
  readonly #running = new Map<SimulatedObject, symbol>()
  /** Alarms (Unix ms) that fell due while a handler ran: they wait for its end. */
  readonly #waiting = new Map<SimulatedObject, number>()

  constructor(
    { scheduler, random, disturbances }: { scheduler: Scheduler; random: Random; disturbances: Disturbances },
    fire: Fire,
    stop: (object: SimulatedObject) => void,
  ) {
    this.#scheduler = scheduler
    this.#random = random.fork('alarms')
    this.#disturbances = disturbances
    this.#fire = fire
    this.#stop = stop
  }

  /** The durable alarm of an object may have changed. */
  changed(object: SimulatedObject): void {
    const at = object.storage.durableAlarm
    const present = this.#scheduled.get(object)
    if (present && present.at === at) return
    if (present) present.task.cancelled = true
    this.#scheduled.delete(object)
    this.#waiting.delete(object)
    if (at !== null) this.#schedule(object, at, 0)
  }

  /** The object crashed: a handler that ran has not succeeded, and its alarm fires again. */
  interrupted(object: SimulatedObject): void {
    if (!this.#running.delete(object)) return
    this.#waiting.delete(object)
    const at = object.storage.durableAlarm
    if (at !== null && !this.#scheduled.has(object)) this.#schedule(object, at, 0)
  }

  /** @param due when it fires (Unix ms): a retry does so later than the alarm was set for */
  #schedule(object: SimulatedObject, at: number, retries: number, due: number = at): void {
    const { lateMs, twice } = this.#disturbances.alarm(`${object.className}/${object.name}`)
    const delay = Math.max(due - this.#scheduler.now, 0) + lateMs + this.#random.between(1, 5)
    const label = `${object.className}/${object.name} alarm`
    const task = this.#scheduler.schedule(null, delay, label, () => {
      this.#scheduled.delete(object)
      // One at a time.
      if (this.#running.has(object)) {
        this.#waiting.set(object, at)
        return
      }
      this.#run(object, at, retries)
      if (twice) this.#schedule(object, at, retries)
    })
    this.#scheduled.set(object, { at, task })
  }

  #run(object: SimulatedObject, at: number, retries: number): void {
    const { storage } = object
    const run = Symbol('run')
    this.#running.set(object, run)
    storage.alarmFires(at)
    const limit = this.#scheduler.schedule(null, MAX_HANDLER_MS, 'an alarm is stopped', () => {
      if (this.#running.get(object) === run) this.#stop(object)
    })
    let fired: Promise<boolean>
    try {
      fired = this.#fire(object, retries)
    } catch {
      fired = Promise.resolve(false)
    }
    void fired.then((succeeded) => {
      limit.cancelled = true
      if (this.#running.get(object) !== run) return
      this.#running.delete(object)
      if (succeeded) storage.alarmFired()
      else storage.alarmFailed()
      const waiting = this.#waiting.get(object)
      if (waiting !== undefined) {
        this.#waiting.delete(object)
        return this.#schedule(object, waiting, 0)
      }
      // A handler that removes its alarm, or sets another, and throws is not tried again.
      if (succeeded || this.#scheduled.has(object) || storage.alarm !== at) return
      if (retries >= MAX_RETRIES) return storage.alarmGivenUp()
      const wait = FIRST_RETRY_MS * 2 ** retries
      this.#schedule(object, at, retries + 1, this.#scheduler.now + wait)
    })
  }
}
