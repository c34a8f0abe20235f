import type { z } from 'zod'
import type { Random } from '../../kernel/random.ts'
import type { Configuration, Step } from '../../plan.ts'
import type { ActionName, actions } from '../actions/index.ts'
import { type Habit, habits } from '../client.ts'

/** What a story is made from. */
export interface Scene {
  /** The story's own. */
  readonly random: Random
  /** Of the customer of the story; see `markerOf`. */
  readonly number: number
  /** When many customers order at the same moment (ms after the opening). */
  readonly rushAt: number
  readonly gateway: Configuration['gateway']
}

/** Makes the steps of a story. */
export type StoryMaker = (scene: Scene) => StepDraft[]

/** A step before it has its id. */
export type StepDraft = Omit<Step, 'id'>

/** A step of a story, `pauseMs` after the one before. */
export function step<Name extends ActionName>(
  action: Name,
  input: z.input<(typeof actions)[Name]['input']> & Step['input'],
  pauseMs = 0,
): StepDraft {
  return { action, input, pauseMs }
}

/** How often a client has a habit, in a hundred. */
const shares: Readonly<Record<Habit, number>> = {
  plain: 18,
  careless: 6,
  keyed: 24,
  echo: 13,
  late: 5,
  reuse: 7,
  double: 10,
  twins: 3,
  stale: 5,
  guarded: 5,
  preview: 4,
}

/** A habit; without `twins` and `careless`, which may do a thing twice, where that would spoil the story. */
export function habitOf(random: Random, { once = false }: { once?: boolean } = {}): Habit {
  const left = habits.filter((habit) => !(once && (habit === 'twins' || habit === 'careless')))
  const total = left.reduce((sum, habit) => sum + shares[habit], 0)
  let at = random.fraction() * total
  for (const habit of left) {
    at -= shares[habit]
    if (at < 0) return habit
  }
  return 'keyed'
}

/** The time from which staff finds orders of the rush: mostly at once, sometimes later (ms after the opening). */
export function afterRush({ random, rushAt }: Scene): number {
  return rushAt + (random.chance(0.5) ? random.between(200, 4_000) : random.between(4_000, 40_000))
}
