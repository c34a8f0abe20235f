import { runIn } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { StoredObject } from '../world.ts'
import { Alarms } from './alarms.ts'
import { stubOf } from './calls.ts'
import type { Disturbances } from './disturbances.ts'
import type { Isolate } from './isolate.ts'
import { type Call, idOf, Life, type SimulatedObject } from './life.ts'
import { watchResidence } from './residence.ts'
import { LostCall, resetFault } from './rpc.ts'
import { rowsOf } from './sql.ts'
import { ObjectStorage, SimulatedStorage } from './storage.ts'

const USUAL_FLUSH_MS = 2

interface ObjectsOptions {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly disturbances: Disturbances
  readonly platform: 'local' | 'cloud'
  /** The isolate in which an object starts. */
  isolateFor(className: string, name: string): Isolate
  /** The environment of code in an isolate. */
  readonly env: object
}

/** All Durable Objects of a deployment. */
export class Objects {
  readonly #options: ObjectsOptions
  readonly #objects = new Map<string, SimulatedObject>()
  readonly alarms: Alarms
  /** Called before an object's life ends by a crash, with its durable state as it will be read again. */
  onCrash: (object: SimulatedObject) => void = () => {}
  /** Called when an object without calls and background work has left memory. */
  onEviction: (object: SimulatedObject) => void = () => {}

  constructor(options: ObjectsOptions) {
    this.#options = options
    this.alarms = new Alarms(
      options,
      (object, retryCount) => this.#fire(object, retryCount),
      (object) => this.crash(object),
    )
  }

  /** Objects by class and name, in the order of their creation. */
  all(): SimulatedObject[] {
    return [...this.#objects.values()]
  }

  stored(): StoredObject[] {
    return this.all().map(({ className, name, storage }) => ({
      className,
      name,
      alarm: storage.alarm,
      rows: (query, ...bindings) => {
        try {
          return rowsOf(storage.database.run(query, bindings))
        } catch (fault) {
          if (fault instanceof Error && fault.message.startsWith('no such table')) return []
          throw fault
        }
      },
    }))
  }

  /** The binding of a class: a `DurableObjectNamespace`. */
  namespace(className: string) {
    const { scheduler, disturbances } = this.#options
    const network = { scheduler, disturbances, awake: (object: SimulatedObject) => this.#awake(object, true) }
    const stub = (name: string) => stubOf(this.#object(className, name), network)
    return {
      getByName: stub,
      idFromName: (name: string) => idOf(className, name),
      get: ({ name }: { name?: string }) => stub(name ?? ''),
    }
  }

  /** Ends what an object wrote in the turn that has just run: it becomes durable some time later. */
  turnEnded(): void {
    for (const object of this.#dirty) {
      const turn = object.storage.seal()
      const { life } = object
      if (turn === null) continue
      if (!life) throw new Error(`${object.className} ${object.name} wrote without being in memory`)
      const { scheduler, disturbances } = this.#options
      const due = Math.max(
        scheduler.now + disturbances.latency(life.random, USUAL_FLUSH_MS),
        this.#flushes.get(life) ?? 0,
      )
      this.#flushes.set(life, due)
      scheduler.schedule(life, due - scheduler.now, `${life.name} flush`, () => {
        if (object.storage.flush(turn)) this.alarms.changed(object)
      })
    }
    this.#dirty.clear()
  }

  /** Objects that have written in this turn, and when each life's last flush is due. */
  readonly #dirty = new Set<SimulatedObject>()
  readonly #flushes = new WeakMap<Life, number>()

  /** The object is gone from memory, with all that it was doing. */
  crash(object: SimulatedObject, fault: Error = new LostCall()): void {
    const { life } = object
    if (!life) return
    life.end()
    life.brokenBy = fault
    object.life = null
    object.storage.crash()
    this.#dirty.delete(object)
    this.alarms.changed(object)
    this.alarms.interrupted(object)
    this.onCrash(object)
    for (const { reject } of life.calls) reject(fault)
  }

  /** Frees the memory of all storage; nothing runs any more. */
  close(): void {
    for (const { storage } of this.all()) storage.database.close()
  }

  /** Takes idle objects out of memory. */
  evictIdle(share: number, random: Random): void {
    for (const object of this.all()) if (object.life?.isIdle && random.chance(share)) this.#evict(object)
  }

  #evict(object: SimulatedObject): void {
    const { life } = object
    if (!life) return
    life.end()
    object.life = null
    if (life.isWorking) {
      // Like a crash, but that all writes are durable.
      this.#options.disturbances.count('background cut off', life.name)
      this.onCrash(object)
    } else this.onEviction(object)
  }

  #object(className: string, name: string): SimulatedObject {
    const key = `${className}/${name}`
    let object = this.#objects.get(key)
    if (!object) {
      const storage = new ObjectStorage(this.#options.random.fork(key), () => {
        if (object) this.#dirty.add(object)
      })
      object = { className, name, storage, life: null, lives: 0 }
      this.#objects.set(key, object)
    }
    return object
  }

  /** The object in memory; constructed if it is not there. `isNamed`: whether the platform tells its name. */
  #awake(object: SimulatedObject, isNamed: boolean): Life {
    if (object.life?.alive) return object.life
    const { random, env, scheduler } = this.#options
    object.lives += 1
    const { className, name, storage } = object
    const isolate = this.#options.isolateFor(className, name)
    const life = new Life(
      object,
      isolate,
      random.fork(`${className}/${name}/life-${object.lives}`),
      () => scheduler.now,
    )
    object.life = life
    const state = {
      id: idOf(className, isNamed ? name : undefined, name),
      storage: new SimulatedStorage(storage, () => life.alive),
      waitUntil: (work: Promise<unknown>) => life.waitUntil(work),
      blockConcurrencyWhile: async <Result>(work: () => Promise<Result>): Promise<Result> => {
        const result = work()
        const over = result.then(
          () => {
            life.gate = null
          },
          (fault: unknown) => this.crash(object, resetFault(fault)),
        )
        life.gate = over
        await over
        return result
      },
      abort: (reason?: string): void => {
        const message = reason ?? 'Application called abort() to reset Durable Object.'
        if (object.life === life) this.crash(object, resetFault(new Error(message)))
      },
    }
    const Class = isolate.module.classOf(className)
    try {
      life.instance = runIn(life, () => new Class(state, env))
    } catch (fault) {
      // The next call constructs it again.
      life.end()
      object.life = null
      object.storage.crash()
      throw resetFault(fault)
    }
    watchResidence(life, this.#options, () => this.#evict(object))
    return life
  }

  /** Runs an object's alarm handler. Resolves with whether it succeeded; rejects never. */
  #fire(object: SimulatedObject, retryCount: number): Promise<boolean> {
    // The platform does not tell a cold object its name when an alarm wakes it.
    const life = this.#awake(object, false)
    return new Promise((resolve) => {
      const call: Call = { name: 'alarm', reject: () => {} }
      life.callStarted(call)
      void runIn(life, async () => {
        if (life.gate) await life.gate
        let succeeded = true
        try {
          await life.instance?.alarm?.({ retryCount, isRetry: retryCount > 0 })
        } catch {
          succeeded = false
        }
        life.callEnded(call)
        resolve(succeeded)
      })
    })
  }
}
