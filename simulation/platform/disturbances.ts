import type { Random } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Fault, Target } from '../plan.ts'
import type { InjectedFault } from '../world.ts'

/** What becomes of one call. `before`: it fails and has not happened; `after`: it has; `hang`: no answer ever comes. */
export type Outcome = 'normal' | 'before' | 'after' | 'hang' | 'partly'

type Window<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>

/** What lies over the platform at a moment: outages, slowness, noise. Everything that it does is counted. */
export class Disturbances {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #slowness: number
  readonly #outages = new Set<Window<'outage'>>()
  readonly #slow = new Set<Window<'slow'>>()
  readonly #alarms = new Set<Window<'alarms'>>()
  readonly #queues = new Set<Window<'queue-noise'>>()
  readonly injected: InjectedFault[] = []
  /** Called when a fault has hit something. */
  onHit: (fault: InjectedFault) => void = () => {}

  constructor(scheduler: Scheduler, random: Random, slowness: number) {
    this.#scheduler = scheduler
    this.#random = random
    this.#slowness = slowness
  }

  /** Puts a disturbance over the platform for as long as it says. */
  begin(fault: Window<'outage' | 'slow' | 'alarms' | 'queue-noise'>): void {
    const windows: Set<Fault> =
      fault.kind === 'outage'
        ? this.#outages
        : fault.kind === 'slow'
          ? this.#slow
          : fault.kind === 'alarms'
            ? this.#alarms
            : this.#queues
    windows.add(fault)
    this.#scheduler.schedule(null, fault.forMs, `${fault.kind} ends`, () => windows.delete(fault))
    if (fault.kind === 'slow') this.count('slow', '')
  }

  /** All is well from now on. */
  heal(): void {
    for (const windows of [this.#outages, this.#slow, this.#alarms, this.#queues]) windows.clear()
  }

  count(kind: string, target: string): void {
    const fault = { kind, at: this.#scheduler.now, target }
    this.injected.push(fault)
    this.onHit(fault)
  }

  /** How long something takes that takes about so long without disturbance (ms). */
  latency(random: Random, usualMs: number): number {
    // What is slow for two reasons is as slow as for the worse one: days would pass otherwise.
    let slowest = 1
    for (const { factor } of this.#slow) slowest = Math.max(slowest, factor)
    const factor = this.#slowness * slowest
    // Mostly short, now and then long, as real latencies are.
    const draw = random.fraction()
    return usualMs * factor * (draw < 0.95 ? 0.2 + draw : 1 + 40 * (draw - 0.95) * random.fraction() * 10)
  }

  /**
   * What becomes of a call to a target; `name` says which in the count.
   *
   * @param hasParts whether the call can be done in part; one that cannot is done, and fails
   */
  outcome(target: Target, name: string, hasParts = false): Outcome {
    for (const outage of this.#outages)
      if (outage.target === target && this.#random.chance(outage.share)) {
        const manner = outage.manner === 'partly' && !hasParts ? 'after' : outage.manner
        this.count(`${target} ${manner}`, name)
        return manner
      }
    return 'normal'
  }

  /** How late an alarm fires (ms), and whether it fires once more afterwards. */
  alarm(name: string): { lateMs: number; twice: boolean } {
    for (const { lateMs, twice } of this.#alarms) {
      const isTwice = this.#random.chance(twice)
      const late = Math.floor(lateMs * this.#random.fraction())
      this.count(isTwice ? 'alarm twice' : 'alarm late', name)
      return { lateMs: late, twice: isTwice }
    }
    return { lateMs: 0, twice: false }
  }

  /** What a queue does to a message that it delivers. */
  message(name: string): { lateMs: number; twice: boolean } {
    for (const { lateMs, twice } of this.#queues) {
      const isTwice = this.#random.chance(twice)
      if (isTwice) this.count('message twice', name)
      return { lateMs: Math.floor(lateMs * this.#random.fraction()), twice: isTwice }
    }
    return { lateMs: 0, twice: false }
  }

  /** Whether a consumer dies after its work and before its acknowledgements count. */
  consumerDies(name: string): boolean {
    for (const { consumerDies } of this.#queues)
      if (this.#random.chance(consumerDies)) {
        this.count('consumer died', name)
        return true
      }
    return false
  }
}
