import type { Operation } from '../load/closed-loop.ts'
import type { Answer } from '../load/connection.ts'
import type { Petrel } from '../petrel.ts'

/** Something that is put under load again and again, in turn with the others. */
export interface Scenario {
  /** Its name on the command line. */
  readonly name: string
  readonly title: string
  readonly worker: 'hello' | 'insert' | 'petrel'
  /** Whether each operation leaves new objects behind, which the runtime closes some seconds later. */
  readonly createsObjects?: boolean
  /** Lays out what the operation needs, for so many connections, and returns it. */
  prepare(petrel: Petrel, connections: number): Promise<Operation>
}

/** @throws Error for any other answer than the one that the scenario counts */
export function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${answer.body.slice(0, 500)}`)
}
