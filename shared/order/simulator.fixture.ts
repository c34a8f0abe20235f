import type { Aggregate, DomainEvent, Typed } from '../core/aggregate.ts'
import type { AsynchronousEffect, CommandsOutcome, StepOutcome, Timer } from '../core/effect.ts'
import type { Decision } from '../core/refusal.ts'
import { NOW, specificationContext } from '../core/specification.ts'
import { type Instant, plus } from '../core/time.ts'
import {
  type ChargeRequest,
  chargeRequestSchema,
  type RefundRequest,
  refundRequestSchema,
} from '../ports/payment-gateway.ts'
import { type SandboxCharge, type SandboxRefund, takeCharge, takeRefund } from '../ports/sandbox-gateway.ts'

// A deployment in miniature: aggregates, their effects and timers, a gateway and a clock. Whatever may
// happen in any order happens in an order that is chosen by the caller, and some of it more than once.

/** Chooses among so many: an integer from 0 up to, but not including, the bound. */
export type Choose = (bound: number) => number

/** An effect that has to happen, with the outcomes of the steps that were taken. */
interface Task {
  readonly id: string
  readonly effect: AsynchronousEffect
  /** Runs the reply as a command of the aggregate that the effect came from. */
  readonly reply: (message: unknown, commandId: string) => StepOutcome
  outcomes: StepOutcome[]
  /** How often its answer was lost, so that it had to begin again. */
  mishaps: number
}

/** All aggregates of one kind. */
export interface Host<State, Command extends Typed, Event extends DomainEvent> {
  readonly kind: string
  readonly states: ReadonlyMap<string, State>
  /** Every event of this kind, in the order in which they happened. */
  readonly log: readonly Event[]
  /** Runs a command once for its id, as the aggregate object does: again it is answered from the record. */
  execute(id: string, command: unknown, commandId?: string): StepOutcome
  dryRun(id: string, command: Command): Decision<Event>
  /** Lets events have happened, without what they would cause. */
  given(id: string, ...events: readonly Event[]): void
  timers(): { timer: Timer; fire: () => void }[]
}

const MOST_MISHAPS = 2
/** One answer in so many is lost. */
const MISHAP = 6

/** A world in which nothing has happened yet. */
export function newWorld(choose: Choose) {
  const tasks: Task[] = []
  const hosts = new Map<string, Pick<Host<never, never, never>, 'execute' | 'timers'>>()
  const charges = new Map<string, SandboxCharge>()
  const refunds = new Map<string, SandboxRefund[]>()
  /** Refusals that nobody waits for: in the object such an effect is parked as a defect. */
  const parked: string[] = []
  let now: Instant = NOW
  const { newId } = specificationContext()

  function hostOf<State, Command extends Typed, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
  ): Host<State, Command, Event> {
    const { kind } = aggregate
    const states = new Map<string, State>()
    const versions = new Map<string, number>()
    const records = new Map<string, StepOutcome>()
    const timers = new Map<string, Timer & { of: string }>()
    const log: Event[] = []

    function decide(id: string, command: Command): Decision<Event> {
      const nextVersion = (versions.get(id) ?? 0) + 1
      const context = specificationContext({ id, now, nextVersion, newId })
      return aggregate.decide(command, states.get(id) ?? null, context)
    }

    /** Stores an event as it would be read back, and gives it with the state after it. */
    function append(id: string, decided: Event) {
      const event = aggregate.event.parse(JSON.parse(JSON.stringify(decided)))
      const state = aggregate.state.parse(aggregate.evolve(states.get(id) ?? null, event, now))
      const version = (versions.get(id) ?? 0) + 1
      states.set(id, state)
      versions.set(id, version)
      log.push(event)
      return { event, state, version }
    }

    function execute(id: string, command: unknown, commandId?: string): StepOutcome {
      const known = commandId === undefined ? undefined : records.get(commandId)
      if (known) return known
      const { events, refusal } = decide(id, aggregate.command.parse(command))
      const stored = events.map((decided) => {
        const { event, state, version } = append(id, decided)
        for (const [index, effect] of aggregate.react(event, state, now, id).entries()) {
          const key = `${id}/${effect.type.endsWith('imer') && 'id' in effect ? effect.id : ''}`
          if (effect.type === 'timer') timers.set(key, { ...effect, of: id })
          else if (effect.type === 'cancelTimer') timers.delete(key)
          else
            tasks.push({
              id: `${kind}/${id}/${version}#${index}`,
              effect,
              reply: (message, replyId) => execute(id, message, replyId),
              outcomes: [],
              mishaps: 0,
            })
        }
        return event
      })
      const to = { kind, id }
      const outcome: StepOutcome = refusal
        ? { ok: false, to, refusal }
        : { ok: true, to, version: versions.get(id) ?? 0, events: stored }
      if (commandId !== undefined) records.set(commandId, outcome)
      return outcome
    }

    const host: Host<State, Command, Event> = {
      kind,
      states,
      log,
      execute,
      dryRun: decide,
      given(id, ...events) {
        for (const event of events) append(id, event)
      },
      timers: () =>
        [...timers].map(([key, timer]) => ({
          timer,
          fire() {
            timers.delete(key)
            execute(timer.of, timer.command)
          },
        })),
    }
    hosts.set(kind, host)
    return host
  }

  function charge(request: ChargeRequest) {
    const { entry, answer } = takeCharge(charges.get(request.key) ?? null, request)
    charges.set(request.key, entry)
    return answer
  }

  function refund(request: RefundRequest) {
    const known = refunds.get(request.chargeKey) ?? []
    const { entry, answer } = takeRefund(charges.get(request.chargeKey) ?? null, known, request)
    if (entry && !known.includes(entry)) refunds.set(request.chargeKey, [...known, entry])
    return answer
  }

  function callPort(task: Task, effect: Extract<AsynchronousEffect, { type: 'call' }>) {
    if (effect.port === 'mailer') {
      done(task, { ok: true, value: { messageId: task.id } })
      return
    }
    const answer =
      effect.operation === 'charge'
        ? charge(chargeRequestSchema.parse(effect.input))
        : refund(refundRequestSchema.parse(effect.input))
    // Unknown is no answer: it is asked again under the same key.
    if (answer.status === 'timed_out') return
    if (answer.status === 'rejected') done(task, { ok: false, refusal: answer }, answer.code)
    else done(task, { ok: true, value: answer })
  }

  /** Takes one step of an effect; the rest waits, so that anything may come between. */
  function takeStep(task: Task): void {
    const { effect, outcomes } = task
    if (effect.type === 'call') {
      callPort(task, effect)
      return
    }
    const step = effect.steps[outcomes.length]
    if (step) {
      const host = hosts.get(step.to.kind)
      if (!host) throw new RangeError(`nobody plays ${step.to.kind}`)
      outcomes.push(host.execute(step.to.id, step.command, `${task.id}.${outcomes.length}`))
      if (isLost(task)) return
    }
    const refused = outcomes.find((outcome) => !outcome.ok)
    const isOver = outcomes.length >= effect.steps.length || (refused && effect.stopAtRefusal)
    if (isOver) done(task, outcomes, refused?.refusal.code)
  }

  /** Brings the outcome home, or parks a refusal that nobody waits for. */
  function done(task: Task, outcome: CommandsOutcome | object, refused?: string): void {
    const { reply } = task.effect
    const unheard = reply ? task.reply({ ...reply, outcome }, task.id) : undefined
    const refusal = unheard?.ok === false ? unheard.refusal.code : reply ? undefined : refused
    if (isLost(task)) return
    tasks.splice(tasks.indexOf(task), 1)
    if (refusal !== undefined) parked.push(`${task.id}: ${refusal}`)
  }

  /** A crash or a lost answer: what was done is done, and all of it is asked for again. */
  function isLost(task: Task): boolean {
    if (task.mishaps >= MOST_MISHAPS || choose(MISHAP) > 0) return false
    task.mishaps += 1
    task.outcomes = []
    return true
  }

  function allTimers() {
    return [...hosts.values()].flatMap((host) => host.timers())
  }

  return {
    hostOf,
    parked,
    charges,
    refunds,
    isBusy: () => tasks.length > 0,
    /** Takes a step of any effect that waits. */
    work() {
      const task = tasks[choose(tasks.length)]
      if (task) takeStep(task)
    },
    /** Fires any timer that is due, however long it has been so; false if there is none. */
    ring(): boolean {
      const due = allTimers().filter(({ timer }) => timer.at <= now)
      due[choose(due.length)]?.fire()
      return due.length > 0
    },
    /** Lets time pass (ms), whether or not anything falls due. */
    pass(milliseconds: number) {
      now = plus(now, milliseconds)
    },
    /** Lets time pass until the next timer is due; false if there is none. */
    passToNextTimer(): boolean {
      const [next] = allTimers()
        .map(({ timer }) => timer.at)
        .sort()
      if (next === undefined) return false
      if (next > now) now = next
      return true
    },
    now: () => now,
  }
}
