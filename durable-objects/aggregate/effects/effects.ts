import type { Trace } from '../../../shared/core/cloud-event.ts'
import type {
  AsynchronousEffect,
  CommandStep,
  CommandsOutcome,
  PortRequest,
  StepOutcome,
} from '../../../shared/core/effect.ts'
import type { Refusal } from '../../../shared/core/refusal.ts'
import { faultText } from '../../../shared/core/text/text.ts'
import { MINUTE, SECOND } from '../../../shared/core/time.ts'
import { PortError } from '../../../shared/ports/port-error.ts'
import { withTimeLimit } from '../../../shared/ports/time-limit.ts'
import type { PortCall } from '../../adapters/port-call.ts'
import { callPort } from '../../adapters/ports.ts'
import { anyAggregateStub } from '../../addressing.ts'
import type { Env } from '../../env.ts'
import type { Meter } from '../meter.ts'
import { type StepReply, unpackRefusal } from '../protocol.ts'

/** An effect that has to happen. `id` is `<event id>#<n>`, the same after every crash. */
export interface PendingEffect {
  readonly id: string
  /** The version of the event that causes it. */
  readonly version: number
  readonly effect: AsynchronousEffect
  readonly trace: Trace
  /** Failed tries so far. */
  readonly attempts: number
}

/** An effect is parked after this many failed tries: with the delays below after about three hours. */
export const MAX_ATTEMPTS = 25
/** No call to another object or through a port may take longer (ms). */
const CALL_TIMEOUT_MS = 30 * SECOND
/** How long a command waits for the facts that a port has for it (ms). */
const FACTS_TIMEOUT_MS = 5 * SECOND

/** The waits between the tries of an effect. */
export const EFFECT_RETRY = { firstMs: 200, maxMs: 10 * MINUTE } as const

/** How an effect that threw is handled. */
export type Fault = { readonly action: 'retry' | 'park'; readonly error: string }

/** Classifies what an effect threw. A port's refusal is not a fault: see `perform`. */
export function faultOf(thrown: unknown): Fault {
  const error = faultText(thrown)
  // A retry does not change the verdict of a schema.
  const permanent = thrown instanceof RangeError || (thrown instanceof Error && thrown.name === 'ZodError')
  return { action: permanent ? 'park' : 'retry', error }
}

type CallOutcome = { ok: true; value: unknown } | { ok: false; refusal: Refusal }

/** The result of an effect: the `outcome` of its reply, and the refusal that parks an effect without one. */
interface Performed {
  readonly outcome: CommandsOutcome | CallOutcome
  readonly refusal: Refusal | null
}

/** Runs one effect. Throws for a retry; a refusal by an aggregate or a port is an outcome. */
export async function perform(
  env: Env,
  origin: { kind: string; id: string },
  pending: PendingEffect,
  meter: Meter,
): Promise<Performed> {
  const { effect, id, attempts, trace } = pending
  const about = { id, attempts, origin, trace }
  if (effect.type === 'commands') {
    const outcome = await sendCommands(env, about, effect, meter)
    return { outcome, refusal: outcome.find((step) => !step.ok)?.refusal ?? null }
  }
  const outcome = await askPort(env, effect, about)
  return { outcome, refusal: outcome.ok ? null : outcome.refusal }
}

/** The answer of a port; a permanent refusal is one. */
async function askPort(
  env: Env,
  { port, operation, input }: PortRequest,
  about: PortCall,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<CallOutcome> {
  try {
    return { ok: true, value: await answerOf(callPort(env, port, operation, input, about), timeoutMs) }
  } catch (thrown) {
    if (!(thrown instanceof PortError) || thrown.kind !== 'rejected') throw thrown
    return { ok: false, refusal: { code: thrown.code, detail: thrown.message } }
  }
}

/**
 * Dispatches the commands one after another. Where a refused command does not stop the rest, neither does one whose
 * object is broken: the rest are dispatched, and the effect is tried again. Those that happened are then answered
 * from their receivers' records.
 */
async function sendCommands(
  env: Env,
  about: PortCall,
  effect: Extract<AsynchronousEffect, { type: 'commands' }>,
  meter: Meter,
): Promise<CommandsOutcome> {
  const outcomes: StepOutcome[] = []
  const faults: unknown[] = []
  for (const [index, step] of effect.steps.entries()) {
    meter.rpcs += 1
    try {
      const outcome = await sendStep(env, step, { ...about, id: `${about.id}.${index}` })
      outcomes.push(outcome)
      if (outcome.ok || !effect.stopAtRefusal) continue
      const rest = effect.askRest ? effect.steps.slice(index + 1) : []
      return [...outcomes, ...(await refusalsOf(env, rest, about.trace, meter))]
    } catch (fault) {
      if (effect.stopAtRefusal) throw fault
      faults.push(fault)
    }
  }
  // One transient fault is reason enough to retry them all.
  if (faults.length > 0) throw faults.find((fault) => faultOf(fault).action === 'retry') ?? faults[0]
  return outcomes
}

/** Dispatches one command under the id of `about`, with the facts that a port has for it. */
async function sendStep(env: Env, { facts, ...step }: CommandStep, about: PortCall): Promise<StepOutcome> {
  const { id, trace } = about
  const asking = facts && askPort(env, facts, { ...about, id: `${id}.facts` }, FACTS_TIMEOUT_MS)
  // A fault is no reason to wait: the receiver asks for itself, and again where it has to.
  const known = await asking?.catch(() => undefined)
  if (known) {
    const outcome = await sendCommand(env, { ...step, command: { ...step.command, facts: known } }, id, trace)
    // While a release is rolled out, the receiver may still run the one before, which does not know the field.
    if (outcome.ok || outcome.refusal.code !== 'command_invalid') return outcome
  }
  return sendCommand(env, step, id, trace)
}

/** Which of these commands would be refused now; one whose object does not answer is left out. */
async function refusalsOf(
  env: Env,
  steps: readonly CommandStep[],
  trace: Trace,
  meter: Meter,
): Promise<StepOutcome[]> {
  const refused: StepOutcome[] = []
  for (const step of steps) {
    meter.rpcs += 1
    const outcome = await sendCommand(env, step, null, trace).catch(() => null)
    if (outcome?.ok === false) refused.push(outcome)
  }
  return refused
}

/** Dispatches one command; without an id it is a dry run. */
async function sendCommand(
  env: Env,
  { to, command }: CommandStep,
  commandId: string | null,
  trace: Trace,
): Promise<StepOutcome> {
  const stub = anyAggregateStub(env, to.kind, to.id)
  const intent = commandId === null ? { dryRun: true } : { commandId }
  const reply = await answerOf<StepReply>(stub.dispatch({ id: to.id, command, ...intent, trace }))
  if (!reply.ok) return { ok: false, to, refusal: unpackRefusal(reply.refusal) }
  const events = reply.events.map(({ type, data }) => ({ type, data: JSON.parse(data) }))
  return { ok: true, to, version: reply.version, events }
}

/** The result of a call. @throws PortError `unknown_outcome` when it takes too long: it may have happened all the same */
function answerOf<Value>(call: Promise<Value>, timeoutMs = CALL_TIMEOUT_MS): Promise<Value> {
  const late = () => new PortError('unknown_outcome', 'timeout', `no answer within ${timeoutMs} ms`)
  return withTimeLimit(call, timeoutMs, late)
}
