import type { Random } from '../kernel/random.ts'
import type { Scheduler, Task } from '../kernel/scheduler.ts'
import type { Fault } from '../plan.ts'
import type { Deployment } from '../platform/deployment.ts'
import type { Disturbances } from '../platform/disturbances.ts'
import { Life, type SimulatedObject } from '../platform/life.ts'
import type { Release } from '../releases/load.ts'

type Crash = Extract<Fault, { kind: 'crash-object' | 'crash-process' }>

/** Lets the faults of a plan happen. */
export class Injector {
  readonly #disturbances: Disturbances
  readonly #deployment: Deployment
  readonly #random: Random
  readonly #release: Release
  /** Crashes whose time has come, and how many occasions they still let pass. */
  #armed: { readonly crash: Crash; skip: number }[] = []
  #left: number

  /** @param release the one that a deployment brings */
  constructor(
    { scheduler, disturbances }: { scheduler: Scheduler; disturbances: Disturbances },
    deployment: Deployment,
    random: Random,
    release: Release,
    faults: readonly Fault[],
  ) {
    this.#disturbances = disturbances
    this.#deployment = deployment
    this.#random = random
    this.#release = release
    this.#left = faults.length
    for (const fault of faults)
      scheduler.schedule(null, fault.at, `fault ${JSON.stringify(fault)}`, () => {
        this.#left -= 1
        this.#inject(fault)
      })
  }

  /** Whether the time of all faults has come. */
  get isOver(): boolean {
    return this.#left === 0
  }

  /** No more crashes, even of those whose occasion has not come. */
  stop(): void {
    this.#armed = []
  }

  /** To be called after each task: the occasion of a crash is the end of a turn of an object that is not done yet. */
  turnEnded({ context }: Task): void {
    if (this.#armed.length === 0 || !(context instanceof Life) || !context.alive || context.isIdle) return
    const { object } = context
    for (const armed of this.#armed) {
      const { crash } = armed
      if (crash.kind === 'crash-object' && crash.className !== null && crash.className !== object.className)
        continue
      armed.skip -= 1
      if (armed.skip >= 0) continue
      this.#armed = this.#armed.filter((one) => one !== armed)
      this.#crash(crash, object)
      return
    }
  }

  #crash({ kind }: Crash, object: SimulatedObject): void {
    if (kind === 'crash-object') {
      this.#disturbances.count('object crashed', `${object.className}/${object.name}`)
      this.#deployment.objects.crash(object)
    } else {
      this.#disturbances.count('process crashed', '')
      this.#deployment.crashProcess(this.#random)
    }
  }

  /** Crashes at once, or with the next occasions. What waits for an answer takes no turn meanwhile. */
  #begin(crash: Crash): void {
    const className = crash.kind === 'crash-object' ? crash.className : null
    const working = this.#deployment.objects
      .all()
      .filter(({ life }) => life?.alive && life.isWorking)
      .filter((object) => className === null || object.className === className)
    if (crash.skip === 0 && working.length > 0) this.#crash(crash, this.#random.pick(working))
    else this.#armed.push({ crash, skip: crash.skip })
  }

  #inject(fault: Fault): void {
    switch (fault.kind) {
      case 'crash-object':
      case 'crash-process':
        this.#begin(fault)
        return
      case 'evict':
        this.#disturbances.count('evicted', '')
        this.#deployment.objects.evictIdle(fault.share, this.#random)
        return
      case 'deployment':
        this.#disturbances.count('deployment', '')
        this.#deployment.deploy(this.#release, fault.overlapMs)
        return
      default:
        this.#disturbances.begin(fault)
    }
  }
}
