import type { Aggregate, DomainEvent, OneTimeSecrets, Typed } from '../core/aggregate.ts'
import type { AsynchronousEffect, CommandStep, CommandsOutcome, StepOutcome, Timer } from '../core/effect.ts'
import type { Money } from '../core/money/money.ts'
import type { Decision, Refusal } from '../core/refusal.ts'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import { DAY, type Instant, plus } from '../core/time.ts'
import { type ScreeningFacts, type ScreeningRequest, screeningRequestSchema } from '../payment/commands.ts'
import { parcelSchema } from '../ports/carrier/carrier.ts'
import {
  type ChargeRequest,
  chargeRequestSchema,
  type RefundRequest,
  type RefundResult,
  refundRequestSchema,
} from '../ports/payment-gateway.ts'
import { sandboxTrackingNumber } from '../ports/sandbox/carrier.ts'
import { type SandboxCharge, type SandboxRefund, takeCharge, takeRefund } from '../ports/sandbox/gateway.ts'

// A deployment in miniature: aggregates, their effects and timers, a gateway and a clock. Whatever may
// happen in any order happens in an order that is chosen by the caller, and some of it more than once.

/** Chooses among so many: an integer from 0 up to, but not including, the bound. */
export type Choose = (bound: number) => number

/** An effect that has to happen, with the outcomes of the steps that were taken. */
interface Task {
  readonly id: string
  readonly effect: AsynchronousEffect
  /** Brought by a sender that comes again as long as its step would be refused. */
  readonly comesAgain?: true
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
  /** How a command would be refused now. */
  ask(id: string, command: unknown): Refusal | undefined
  /** Lets events have happened, without what they would cause. */
  given(id: string, ...events: readonly Event[]): void
  timers(): { timer: Timer; fire: () => void }[]
}

const MOST_MISHAPS = 2
/** One answer in so many is lost. */
const MISHAP = 6
/** One port in so many does not answer when it is asked for the facts of a command. */
const SILENCE = 4
/** One payment in so many looks like fraud, and one account in so many takes hardly any money back. */
const SUSPICIOUS = 8
const CLOSED_ACCOUNT = 6

const unsuspicious: ScreeningFacts = {
  cardCountry: 'US',
  customer: { accountCreatedAt: plus(NOW, -100 * DAY), paymentsInWindow: 1, disposableEmail: false },
}
/** Held for review; with three failed tries before it, refused. */
const suspicious: ScreeningFacts = {
  cardCountry: 'DE',
  customer: { accountCreatedAt: plus(NOW, -100 * DAY), paymentsInWindow: 4, disposableEmail: true },
}
const chargeDisputed: RefundResult = { status: 'failed', code: 'charge_disputed', detail: 'It is disputed.' }
const refundFailed: RefundResult = { status: 'failed', code: 'account_closed', detail: 'It is closed.' }

/** Secrets that belong to one aggregate, as they do in its object. */
function secretsOf(id: string): OneTimeSecrets {
  const { secrets } = specificationContext()
  return {
    token: (label) => `${id}/${label}`,
    digits: (label) => secrets.digits(`${id}/${label}`),
    hash: (secret) => secrets.hash(`${id}/${secret}`),
  }
}

/** What a map has under a key, made the first time that it is asked for. */
function remembered<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** A world in which nothing has happened yet. */
export function newWorld(choose: Choose) {
  const tasks: Task[] = []
  const hosts = new Map<string, Pick<Host<never, never, never>, 'execute' | 'ask' | 'timers'>>()
  const charges = new Map<string, SandboxCharge>()
  const refunds = new Map<string, SandboxRefund[]>()
  const screenings = new Map<string, ScreeningFacts>()
  const closedAccounts = new Map<string, boolean>()
  /** Charges of which a bank has still to decide, or has decided against the shop. */
  const disputed = new Set<string>()
  /** Refusals that nobody waits for: in the object such an effect is parked as a defect. */
  const parked: string[] = []
  let now: Instant = NOW
  let notices = 0
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
      const context = specificationContext({ id, now, nextVersion, newId, secrets: secretsOf(id) })
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
      ask: (id, command) => decide(id, aggregate.command.parse(command)).refusal,
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

  /** What the gateway answers to a refund; to an account that is closed most of them fail. */
  function refund(request: RefundRequest) {
    const { chargeKey, key } = request
    const known = refunds.get(chargeKey) ?? []
    const isClosed = remembered(closedAccounts, chargeKey, () => choose(CLOSED_ACCOUNT) === 0)
    const { entry, answer } = takeRefund(charges.get(chargeKey) ?? null, known, request)
    if (disputed.has(chargeKey) && !known.some((one) => one.request.key === key)) return chargeDisputed
    if (!entry || known.some((one) => one.request.key === key)) return answer
    const fails = isClosed && answer.status === 'succeeded' && choose(4) > 0
    const made = fails ? { ...entry, result: refundFailed, failsLater: false } : entry
    refunds.set(chargeKey, [...known, made])
    return made.result
  }

  /** Somebody refunds a part of a charge at the gateway itself; what was refunded, if the gateway let it happen. */
  function refundOutside(chargeKey: string, amount: Money): { id: string; amount: Money } | undefined {
    const charged = charges.get(chargeKey)
    const known = refunds.get(chargeKey) ?? []
    if (charged?.result.status !== 'succeeded' || disputed.has(chargeKey)) return undefined
    const id = `re_${chargeKey}_${known.length}`
    const request = { key: id, chargeKey, chargeId: charged.result.chargeId, amount }
    const { entry, answer } = takeRefund(charged, known, request)
    if (!entry || answer.status !== 'succeeded') return undefined
    refunds.set(chargeKey, [...known, entry])
    return { id, amount }
  }

  /** A refund that had succeeded comes back from the bank: its key, if there is one. */
  function bounce(chargeKey: string): string | undefined {
    const known = refunds.get(chargeKey) ?? []
    const bounced = known.find(({ result }) => result.status === 'succeeded')
    if (!bounced) return undefined
    const failed = { ...bounced, result: refundFailed, failsLater: false }
    refunds.set(
      chargeKey,
      known.map((one) => (one === bounced ? failed : one)),
    )
    return bounced.request.key
  }

  /** The gateway tells of something by itself: some time, perhaps more than once, and again until it is taken. */
  function notify(step: CommandStep): void {
    const effect: AsynchronousEffect = { type: 'commands', steps: [step], stopAtRefusal: true }
    const reply = () => {
      throw new Error('a webhook hears no reply')
    }
    notices += 1
    tasks.push({ id: `notice/${notices}`, effect, comesAgain: true, reply, outcomes: [], mishaps: 0 })
  }

  /** What is known of a payment before it is charged: the same however often it is asked. */
  function screen({ paymentId }: ScreeningRequest): ScreeningFacts {
    return remembered(screenings, paymentId, () => (choose(SUSPICIOUS) === 0 ? suspicious : unsuspicious))
  }

  function callPort(task: Task, effect: Extract<AsynchronousEffect, { type: 'call' }>) {
    if (effect.port === 'mailer') {
      done(task, { ok: true, value: { messageId: task.id } })
      return
    }
    if (effect.port === 'carrier') {
      const { deliveryId } = parcelSchema.parse(effect.input)
      done(task, { ok: true, value: { trackingNumber: sandboxTrackingNumber(deliveryId) } })
      return
    }
    if (effect.operation === 'screen') {
      done(task, { ok: true, value: screen(screeningRequestSchema.parse(effect.input)) })
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

  /** The refusal that a command would meet now, if any. */
  function wouldRefuse({ to, command }: CommandStep): StepOutcome[] {
    const refusal = hosts.get(to.kind)?.ask(to.id, command)
    return refusal ? [{ ok: false, to, refusal }] : []
  }

  /** A step's command, with the facts that it asks a port for: sometimes there is no answer. */
  function commandOf({ command, facts }: CommandStep): CommandStep['command'] {
    if (!facts || choose(SILENCE) === 0) return command
    return { ...command, facts: { ok: true, value: screen(screeningRequestSchema.parse(facts.input)) } }
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
      // Asked first, as the webhook does: a refusal would be remembered for the id of the command.
      if (task.comesAgain && host.ask(step.to.id, step.command)) return
      outcomes.push(host.execute(step.to.id, commandOf(step), `${task.id}.${outcomes.length}`))
      if (isLost(task)) return
    }
    const refused = outcomes.find((outcome) => !outcome.ok)
    const isOver = outcomes.length >= effect.steps.length || (refused && effect.stopAtRefusal)
    if (!isOver) return
    const rest = refused && effect.askRest ? effect.steps.slice(outcomes.length) : []
    done(task, [...outcomes, ...rest.flatMap(wouldRefuse)], refused?.refusal.code)
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
    bounce,
    refundOutside,
    notify,
    disputed,
    isBusy: () => tasks.length > 0,
    /** Takes a step of any effect that waits. */
    work() {
      const task = tasks[choose(tasks.length)]
      if (task) takeStep(task)
    },
    /** Fires any timer that is due, however long it has been so; false if there is none. */
    fireTimer(): boolean {
      const due = allTimers().filter(({ timer }) => timer.at <= now)
      due[choose(due.length)]?.fire()
      return due.length > 0
    },
    /** Lets time pass (ms), whether or not anything falls due. */
    pass(milliseconds: number) {
      now = plus(now, milliseconds)
    },
    /** Lets time pass until the next timer is due; false if none is before the end. */
    passToNextTimer(end: Instant): boolean {
      const [next] = allTimers()
        .map(({ timer }) => timer.at)
        .sort()
      if (next === undefined || next > end) return false
      if (next > now) now = next
      return true
    },
    now: () => now,
  }
}
