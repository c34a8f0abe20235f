import { createHash } from 'node:crypto'
import type { Context } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Isolate } from './isolate.ts'
import type { ObjectStorage } from './storage.ts'

/** A Durable Object over all its lives. */
export interface SimulatedObject {
  readonly className: string
  readonly name: string
  readonly storage: ObjectStorage
  life: Life | null
  lives: number
}

/** What an object's class looks like from outside. */
type ObjectInstance = Record<string, unknown> & { alarm?(info: object): Promise<void> }

/** One call that an object works on, or waits for. */
export interface Call {
  /** The method. */
  readonly name: string
  readonly reject: (fault: unknown) => void
}

/** One life of an object in memory, from its construction to its eviction or crash. */
export class Life implements Context {
  readonly name: string
  readonly random: Random
  readonly object: SimulatedObject
  readonly isolate: Isolate
  /** Calls and the alarm that it works on. */
  readonly calls: ReadonlySet<Call>
  readonly #calls = new Set<Call>()
  readonly #now: () => number
  /** When the last call or alarm ended (Unix ms), and when the last work of any kind did; at first, when it was constructed. */
  calledAt: number
  workedAt: number
  /** Called whenever some of its work has ended. */
  onRest: () => void = () => {}
  /** Why it crashed. Stubs that reached it answer nothing else any more. */
  brokenBy: Error | null = null
  #isOver = false
  #background = 0
  #timers = 0
  instance: ObjectInstance | null = null
  /** Resolves when nothing blocks the object any more (`blockConcurrencyWhile`). */
  gate: Promise<void> | null = null

  /** @param now Unix ms */
  constructor(object: SimulatedObject, isolate: Isolate, random: Random, now: () => number) {
    this.object = object
    this.isolate = isolate
    this.random = random
    this.calls = this.#calls
    this.#now = now
    this.calledAt = now()
    this.workedAt = this.calledAt
    this.name = `${object.className}/${object.name}`
  }

  get alive(): boolean {
    return !this.#isOver && this.isolate.isAlive
  }

  /** Whether it works on something: calls, an alarm, background work. */
  get isWorking(): boolean {
    return this.calls.size > 0 || this.#background > 0
  }

  /** The methods that it works on. */
  get work(): string[] {
    return [...this.calls].map(({ name }) => name)
  }

  /** Whether anything holds it in memory: work, or a timer, whose callback would be lost. */
  get hasWork(): boolean {
    return this.isWorking || this.#timers > 0
  }

  get isIdle(): boolean {
    return !this.hasWork && this.object.storage.isSettled
  }

  callStarted(call: Call): void {
    this.#calls.add(call)
  }

  callEnded(call: Call): void {
    if (!this.#calls.delete(call)) return
    this.calledAt = this.#now()
    this.#rests()
  }

  #rests(): void {
    this.workedAt = this.#now()
    this.onRest()
  }

  end(): void {
    this.#isOver = true
  }

  leave(action: () => void): void {
    // Code that still runs after a crash of its object reaches nothing.
    if (this.alive) this.object.storage.whenDurable(action)
  }

  timerStarted(): void {
    this.#timers += 1
  }

  timerEnded(): void {
    this.#timers -= 1
    this.#rests()
  }

  waitUntil(work: Promise<unknown>): void {
    this.#background += 1
    const done = () => {
      this.#background -= 1
      this.#rests()
    }
    work.then(done, done)
  }
}

/** A `DurableObjectId`. */
export function idOf(className: string, name: string | undefined, text: string = name ?? '') {
  const hash = () => createHash('sha256').update(`${className}/${text}`).digest('hex')
  return {
    ...(name !== undefined && { name }),
    toString: hash,
    equals: (other: { toString(): string }) => other.toString() === hash(),
  }
}
