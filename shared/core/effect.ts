import { z } from 'zod'
import { refusalSchema } from './refusal.ts'
import { type Instant, instantSchema } from './time.ts'

const messageSchema = z.looseObject({ type: z.string() })

/** One command to one other aggregate. */
const commandStepSchema = z.object({
  to: z.object({ kind: z.string(), id: z.string() }),
  command: messageSchema,
})
export type CommandStep = z.infer<typeof commandStepSchema>

/**
 * What an event causes, as data. Every effect runs at least once under the id `<event id>#<n>`, so a
 * receiver that keeps a record by id makes it happen once.
 *
 * `reply` names the command through which the result comes back to the aggregate itself: the object
 * completes it with `outcome` and runs it. A refusal without a `reply` is a defect and is parked.
 */
export const asynchronousEffectSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('commands'),
    /** Run one after another, in this order. */
    steps: z.array(commandStepSchema).min(1),
    /** Whether a refused step leaves out the rest. */
    stopAtRefusal: z.boolean(),
    /** After a refusal the rest are asked and change nothing; those that would refuse too are in the outcome. */
    askRest: z.boolean().optional(),
    reply: messageSchema.optional(),
  }),
  z.object({
    type: z.literal('call'),
    port: z.string(),
    operation: z.string(),
    input: z.unknown(),
    reply: messageSchema.optional(),
  }),
])
export type AsynchronousEffect = z.infer<typeof asynchronousEffectSchema>

/** A timer is set, moved or removed in the same commit as the event; its id is unique in its aggregate. */
type TimerEffect =
  | { readonly type: 'timer'; readonly id: string; readonly at: Instant; readonly command: Message }
  | { readonly type: 'cancelTimer'; readonly id: string }

export type Effect = AsynchronousEffect | TimerEffect
export type Message = z.infer<typeof messageSchema>

/** What came of one step. `events` are those that the command appended, in order. */
const stepOutcomeSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    to: z.object({ kind: z.string(), id: z.string() }),
    version: z.int(),
    events: z.array(z.object({ type: z.string(), data: z.unknown() })),
  }),
  z.object({
    ok: z.literal(false),
    to: z.object({ kind: z.string(), id: z.string() }),
    refusal: refusalSchema,
  }),
])
export type StepOutcome = z.infer<typeof stepOutcomeSchema>

/** The `outcome` of a `commands` effect: one entry for each step that ran. */
export const commandsOutcomeSchema = z.array(stepOutcomeSchema)
export type CommandsOutcome = z.infer<typeof commandsOutcomeSchema>

/** The `outcome` of a `call` effect whose port answers with `value`, or refuses for good. */
export function callOutcomeSchema<Value extends z.ZodType>(value: Value) {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), refusal: refusalSchema }),
  ])
}

/** Sends commands to other aggregates one after another; the first refusal leaves out the rest. */
export function sendInOrder(steps: readonly CommandStep[], reply?: Message): Effect {
  return { type: 'commands', steps: [...steps], stopAtRefusal: true, ...(reply && { reply }) }
}

/**
 * Sends commands to other aggregates one after another; after the first refusal the rest are only asked, so
 * that the outcome names all that refuse and nothing more is taken.
 */
export function sendAllOrNone(steps: readonly CommandStep[], reply: Message): Effect {
  return { type: 'commands', steps: [...steps], stopAtRefusal: true, askRest: true, reply }
}

/** Sends commands to other aggregates one after another, each whatever became of those before it. */
export function sendEach(steps: readonly CommandStep[], reply?: Message): Effect {
  return { type: 'commands', steps: [...steps], stopAtRefusal: false, ...(reply && { reply }) }
}

/** Sends one command to another aggregate. */
export function send(step: CommandStep, reply?: Message): Effect {
  return sendInOrder([step], reply)
}

/** Calls out through a port (charge a card, send a mail). */
export function call(port: string, operation: string, input: unknown, reply?: Message): Effect {
  return { type: 'call', port, operation, input, ...(reply && { reply }) }
}

/** Gives the aggregate a command at a later time (UTC); the same id again moves it. */
export function schedule(id: string, at: Instant, command: Message): Effect {
  return { type: 'timer', id, at, command }
}

/** Gives the aggregate a command at a time (UTC), which may have moved; without a time removes the timer. */
export function scheduleOrCancel(id: string, at: Instant | null, command: Message): Effect {
  return at === null ? unschedule(id) : schedule(id, at, command)
}

/** Removes a timer; one that is not set is no error. */
export function unschedule(id: string): Effect {
  return { type: 'cancelTimer', id }
}

/** A timer as it is stored. */
export const timerSchema = z.object({
  id: z.string(),
  at: instantSchema,
  command: messageSchema,
  /** The id of the event that set it so; timers of earlier releases name none. */
  cause: z.string().optional(),
})
export type Timer = z.infer<typeof timerSchema>
