import type { z } from 'zod'
import type { Step } from '../plan.ts'
import type { Actor } from './actor.ts'

/** What a client can do in a step. A step whose prerequisite is missing does nothing. */
export interface Action<Schema extends z.ZodType = z.ZodType> {
  readonly input: Schema
  run(actor: Actor, input: Step['input']): Promise<void>
}

/** An action with the form of its input. */
export function action<Schema extends z.ZodType>(
  input: Schema,
  run: (actor: Actor, input: z.output<Schema>) => Promise<void>,
): Action<Schema> {
  return { input, run: (actor, given) => run(actor, input.parse(given)) }
}
