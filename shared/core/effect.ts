import { z } from 'zod'
import { refusalSchema } from './refusal.ts'
import { type Instant, instantSchema } from './time.ts'

const messageSchema = z.looseObject({ type: z.string() })

/** A call through a port. */
const portCallSchema = z.object({ port: z.string(), operation: z.string(), input: z.unknown() })

/**
 * One command to one other aggregate. `facts` are what its decision needs and a port knows: the port is asked right
 * before the command is sent, and its outcome becomes the command's field `facts`. Without an answer the command goes
 * without, and its receiver asks for itself.
 */
const commandStepSchema = z.object({
  to: z.object({ kind: z.string(), id: z.string() }),
  command: messageSchema,
  facts: portCallSchema.optional(),
})
export type CommandStep = z.infer<typeof commandStepSchema>

/**
 * An effect of an event, as data. It runs at least once under the id `<event id>#<n>`, so that receivers can
 * deduplicate.
 *
 * `reply` is the command that returns the result to the aggregate itself: the object adds `outcome` and runs
 * it. A refusal without a `reply` is a defect: the effect is parked.
 */
export const asynchronousEffectSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('commands'),
    /** Run in sequence. */
    steps: z.array(commandStepSchema).min(1),
    /** Whether a refused step skips the rest. */
    stopAtRefusal: z.boolean(),
    /** After a refusal the rest are dry runs; those that would refuse too are in the outcome. */
    askRest: z.boolean().optional(),
    reply: messageSchema.optional(),
  }),
  portCallSchema.extend({ type: z.literal('call'), reply: messageSchema.optional() }),
])
export type AsynchronousEffect = z.infer<typeof asynchronousEffectSchema>
/** A call through a port, without what becomes of its outcome. */
export type PortRequest = Readonly<z.infer<typeof portCallSchema>>

/** A timer is set, moved or removed in the same commit as the event; its id is unique in its aggregate. */
type TimerEffect =
  | { readonly type: 'timer'; readonly id: string; readonly at: Instant; readonly command: Message }
  | { readonly type: 'cancelTimer'; readonly id: string }

export type Effect = AsynchronousEffect | TimerEffect
export type Message = z.infer<typeof messageSchema>

/** The result of one step. `events` are those that the command appended, in order. */
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

/** The `outcome` of a `call` effect, and the `facts` of a command: the port's `value`, or a permanent refusal. */
export function callOutcomeSchema<Value extends z.ZodType>(value: Value) {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), refusal: refusalSchema }),
  ])
}

/** Sends commands to other aggregates in sequence; the first refusal skips the rest. */
export function sendInOrder(steps: readonly CommandStep[], reply?: Message): Effect {
  return { type: 'commands', steps: [...steps], stopAtRefusal: true, ...(reply && { reply }) }
}

/**
 * Sends commands to other aggregates in sequence; after the first refusal the rest are dry runs, so that the outcome
 * lists every refusal and nothing else changes.
 */
export function sendAllOrNone(steps: readonly CommandStep[], reply: Message): Effect {
  return { type: 'commands', steps: [...steps], stopAtRefusal: true, askRest: true, reply }
}

/** Sends commands to other aggregates in sequence, regardless of refusals. */
export function sendEach(steps: readonly CommandStep[], reply?: Message): Effect {
  return { type: 'commands', steps: [...steps], stopAtRefusal: false, ...(reply && { reply }) }
}

export function send(step: CommandStep, reply?: Message): Effect {
  return sendInOrder([step], reply)
}

/** Calls a port (charge a card, send a mail). */
export function call(port: string, operation: string, input: unknown, reply?: Message): Effect {
  return { type: 'call', port, operation, input, ...(reply && { reply }) }
}

/** Runs a command of the aggregate itself at a later time (UTC); the same id again moves it. */
export function schedule(id: string, at: Instant, command: Message): Effect {
  return { type: 'timer', id, at, command }
}

/** Sets or moves a timer (UTC); without a time removes it. */
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
  /** The id of the event that set it; missing in timers of earlier releases. */
  cause: z.string().optional(),
})
export type Timer = z.infer<typeof timerSchema>
