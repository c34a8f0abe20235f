import { DurableObject } from 'cloudflare:workers'
import type { Aggregate, DomainEvent, Typed } from '../../shared/core/aggregate.ts'
import type { Trace } from '../../shared/core/cloud-event.ts'
import type { Message, Timer } from '../../shared/core/effect.ts'
import type { Decision, Refusal } from '../../shared/core/refusal.ts'
import { type Instant, MINUTE, plus } from '../../shared/core/time.ts'
import { eventId, streamName } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'
import { logError } from '../log-error.ts'
import { clock, isClockAdjustable } from '../sandbox/clock.ts'
import { telemetry } from '../telemetry.ts'
import { Alarm } from './alarm.ts'
import { isFreshId, refuseLostLog } from './damage.ts'
import { decisionContext } from './decision-context.ts'
import { EffectRunner } from './effect-runner.ts'
import { faultOf, type PendingEffect } from './effects.ts'
import { isSameRequest } from './fingerprints.ts'
import { type CommitOptions, Journal } from './journal.ts'
import { newMeter } from './meter.ts'
import {
  type AggregateRpc,
  type AggregateView,
  type CommandEnvelope,
  type CommandReply,
  commandEnvelopeSchema,
  packRefusal,
  replyEvent,
  type StepReply,
} from './protocol.ts'
import { Publisher, publishedPage, toCloudEvent } from './publisher.ts'
import type { CommandRecord, StoredEvent } from './stored-rows.ts'
import { WaitingRoom } from './waiting-room.ts'

/** When the alarm looks again after effects that are still under way (ms). */
const PENDING_CHECK_MS = 5_000
/** At most so many timers fire in one alarm; the next takes the rest. */
const MAX_TIMERS_PER_ALARM = 50
/** What is wrong with a command is told up to here: whoever sent it is told enough. */
const MAX_ISSUES = 20
/** In place of the result of a step that threw. */
const FAULT = Symbol('fault')

/**
 * The Durable Object class of one kind of aggregate: loads, deduplicates, decides, appends, replies;
 * then follows its own log with effects and publication.
 */
export function objectOf<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
) {
  return class AggregateObject extends DurableObject<Env> implements AggregateRpc<State> {
    /** Read by tests that hold commands to their costs. */
    readonly meter = newMeter()
    readonly #journal = new Journal(aggregate, this.ctx.storage, this.meter)
    readonly #publisher = new Publisher(this.#journal, this.env.EVENTS, this.meter)
    readonly #alarm = new Alarm(this.ctx.storage, this.meter)
    readonly #waitingRoom = new WaitingRoom()
    readonly #effects = new EffectRunner({
      env: this.env,
      meter: this.meter,
      journal: this.#journal,
      deliver: (message, effect) => this.#deliver(message, effect),
      waitUntil: (work) => this.ctx.waitUntil(work),
      rescheduled: () => this.#rescheduled(),
    })
    #registeredTimer: string | null = null
    #hasEmittedFault = false
    /** Its forwarder has never heard of it. */
    #isKnownToBeNew = false
    readonly #telemetrySource = {
      env: this.env,
      waitUntil: (work: Promise<unknown>) => this.ctx.waitUntil(work),
    }

    constructor(state: DurableObjectState, env: Env) {
      super(state, env)
      telemetry.started(this.#telemetrySource, 'object')
      telemetry.storageOpened(this.#telemetrySource, aggregate.kind, () => this.#journal.log)
    }

    // --- what others may ask

    /** Runs one command; see `CommandReply`. With `waitMilliseconds` the answer is given once settled. */
    async execute(input: CommandEnvelope): Promise<CommandReply<State>> {
      const envelope = commandEnvelopeSchema.parse(input)
      await clock.sync(this.env)
      const { id } = envelope
      if (!isFreshId(id, Date.now())) await this.#refuseLostLog(id)
      const reply = this.#handle(envelope)
      // What refuses to begin may well have begun: only a creation is taken for new by its id.
      if (!reply.ok) await this.#refuseLostLog(id)
      if (envelope.dryRun) return reply
      await this.#registerTimers()
      this.#effects.start()
      return reply.ok && envelope.waitMilliseconds ? this.#settledReply(reply, envelope) : reply
    }

    /** Runs one command of another object, which needs to know what it led to and not the whole state. */
    async dispatch(input: CommandEnvelope): Promise<StepReply> {
      const reply = await this.execute(input)
      return reply.ok ? { ok: true, version: reply.view.version, events: reply.events } : reply
    }

    /**
     * The aggregate now, or as it was at a version; `null` where there is none.
     *
     * @throws Error where there was one and its log is lost; see `damageOf`
     */
    async read({ version }: { version?: number }): Promise<AggregateView<State> | null> {
      const { name } = this.ctx.id
      if (name !== undefined) await this.#refuseLostLog(name)
      return version === undefined ? this.#journal.view() : this.#journal.viewAt(version)
    }

    /** Events after a version, oldest first, as CloudEvents in JSON text. */
    async history({ after, limit }: { after: number; limit: number }): Promise<string[]> {
      const { log, cache } = this.#journal
      const { id } = cache
      if (id === null) return []
      return log
        .eventsAfter(after, limit)
        .map((stored) => JSON.stringify(toCloudEvent(aggregate, id, stored)))
    }

    /**
     * Events after a version, oldest first, as CloudEvents in JSON text, as sinks get them: without personal
     * data. A page ends after so many events, or about half a megabyte; it is empty only at the log's end.
     */
    async published({ after, limit }: { after: number; limit: number }): Promise<string[]> {
      const { log, cache } = this.#journal
      const { id } = cache
      return id === null ? [] : publishedPage(aggregate, id, log.eventsAfter(after, limit))
    }

    /** How the aggregate stands in lists now, as JSON text; `null` where there is none, or it stands in none. */
    async listing(): Promise<{ version: number; updatedAt: Instant; listing: string } | null> {
      const view = this.#journal.view()
      if (!view || !aggregate.listing) return null
      const { state, ...facts } = view
      const { version, updatedAt } = facts
      return { version, updatedAt, listing: JSON.stringify(aggregate.listing(state, facts)) }
    }

    /** From the consumer: a forwarder has these versions on its books, and they need not be sent again. */
    async confirmPublished(versions: number[]): Promise<void> {
      if (this.#publisher.confirm(versions)) await this.#alarm.scheduleAt(this.#nextDue())
    }

    /** Gives a parked effect another round of tries; false if there is none of this id. */
    async retryParked(effectId: string): Promise<boolean> {
      return this.#effects.unpark(effectId)
    }

    /** From the deployment's clock: time has moved, and something may have fallen due. */
    async wake(): Promise<void> {
      this.#registeredTimer = null
      this.#fireTimers()
      this.#effects.retryDue()
      await this.#registerTimers()
    }

    /** Only what is empty is asked about, once: the others cost nothing. */
    async #refuseLostLog(id: string): Promise<void> {
      if (this.#isKnownToBeNew || this.#journal.cache.id !== null) return
      this.meter.rpcs += 1
      await refuseLostLog(this.env, { kind: aggregate.kind, id })
      this.#isKnownToBeNew = true
    }

    // --- one command, from load to commit

    #handle(envelope: CommandEnvelope): CommandReply<State> {
      const { id, commandId, fingerprint, expectedVersions } = envelope
      const { cache, log } = this.#journal
      if (cache.id !== null && cache.id !== id)
        throw new RangeError(`an object of ${aggregate.kind} was asked for an id that is not its own`)
      const record = commandId === undefined ? null : log.command(commandId)
      if (record) return this.#idempotentAnswer(record, fingerprint)
      const unexpected = expectedVersions && unexpectedVersion(cache.version, expectedVersions)
      if (unexpected) return this.#refused(unexpected)
      const command = aggregate.command.safeParse(envelope.command)
      if (!command.success)
        return this.#refused({
          code: 'command_invalid',
          detail: 'The command does not have the expected shape.',
          facts: {
            issues: command.error.issues
              .slice(0, MAX_ISSUES)
              .map(({ path, code }) => ({ path: path.join('/'), code })),
          },
        })
      const decision = this.#decide(command.data, id)
      // Seen before the commit: what cannot be answered must not leave a record either.
      if (cache.state === null && decision.events.length === 0 && !decision.refusal)
        throw new Error(`${aggregate.kind} accepted a command without coming into being`)
      if (envelope.dryRun) return this.#preview(id, decision)
      const recorded =
        commandId === undefined ? {} : { command: { id: commandId, fingerprint: fingerprint ?? null } }
      const stored = this.#commit(id, decision, envelope.trace, recorded)
      return decision.refusal ? this.#refused(decision.refusal, stored) : this.#accepted(stored)
    }

    #decide(command: Command, id: string): Decision<Event> {
      const { cache } = this.#journal
      return aggregate.decide(
        command,
        cache.state,
        decisionContext(this.env, aggregate.kind, id, cache.version + 1),
      )
    }

    #commit(id: string, decision: Decision<Event>, trace: Trace, options: CommitOptions): StoredEvent[] {
      const stored = this.#journal.commit(id, decision, trace, clock.now(), options)
      if (stored.length > 0) this.#publisher.appended()
      // In the same tick as the commit, and so in the same transaction: no crash comes between.
      void this.#alarm.scheduleBy(this.#nextDue())
      if (this.#isSettled()) this.#waitingRoom.open()
      return stored
    }

    /** Brings an effect's outcome home as a command, once. Returns the refusal, which would be a defect. */
    #deliver(message: Message, effect: PendingEffect): Refusal | null {
      const { log, cache } = this.#journal
      if (cache.id === null || log.command(effect.id)) return null
      const decision = this.#decide(aggregate.command.parse(message), cache.id)
      // Not recorded: once the defect is mended, an operator's retry has to be decided anew.
      if (decision.refusal) return decision.refusal
      this.#commit(cache.id, decision, effect.trace, { command: { id: effect.id, fingerprint: null } })
      return null
    }

    // --- answers

    #accepted(stored: readonly StoredEvent[]): CommandReply<State> {
      const view = this.#journal.view()
      if (!view) throw new Error(`${aggregate.kind} accepted a command without coming into being`)
      return { ok: true, view, events: stored.map(replyEvent), repeated: false }
    }

    #refused(
      refusal: Refusal,
      events: readonly StoredEvent[] = [],
      version: number = this.#journal.cache.version,
    ): CommandReply<State> {
      return {
        ok: false,
        refusal: packRefusal(refusal),
        version,
        events: events.map(replyEvent),
        repeated: false,
      }
    }

    #idempotentAnswer(record: CommandRecord, fingerprint: string | undefined): CommandReply<State> {
      if (fingerprint && record.fingerprint !== null && !isSameRequest(record.fingerprint, fingerprint))
        return this.#refused({
          code: 'idempotency_key_reused',
          detail: 'This key was used for another request.',
        })
      const { first, last, refusal, answered } = record
      const events = this.#journal.log.eventsAfter(first - 1, last - first + 1, last)
      if (refusal) return { ...this.#refused(refusal, events, last), repeated: true }
      const view = this.#journal.viewAt(answered ?? last)
      if (!view) throw new Error(`${aggregate.kind} has lost version ${answered ?? last}`)
      return { ok: true, view, events: events.map(replyEvent), repeated: true }
    }

    #preview(id: string, { events, refusal }: Decision<Event>): CommandReply<State> {
      const { version } = this.#journal.cache
      const preview = events.map((event, index) => replyEvent({ ...event, version: version + 1 + index }))
      if (refusal)
        return { ok: false, refusal: packRefusal(refusal), version, events: preview, repeated: false }
      const view = this.#journal.preview(id, events, clock.now())
      if (!view) throw new Error(`${aggregate.kind} accepted a command without coming into being`)
      return { ok: true, view, events: preview, repeated: false }
    }

    #isSettled(): boolean {
      const { state } = this.#journal.cache
      return state === null || (aggregate.settled?.(state) ?? true)
    }

    /** Equal callers get equal answers: the first that is answered fixes the version for all. */
    async #settledReply(
      reply: Extract<CommandReply<State>, { ok: true }>,
      { commandId, waitMilliseconds = 0 }: CommandEnvelope,
    ): Promise<CommandReply<State>> {
      const answered = () =>
        commandId === undefined ? null : (this.#journal.log.command(commandId)?.answered ?? null)
      if (answered() === null) {
        if (!this.#isSettled()) await this.#waitingRoom.wait(waitMilliseconds)
        if (commandId !== undefined && answered() === null)
          this.#journal.log.recordAnswer(commandId, this.#journal.cache.version)
      }
      const view = this.#journal.viewAt(answered() ?? this.#journal.cache.version)
      return { ...reply, view: view ?? reply.view }
    }

    // --- following the log

    override async alarm(): Promise<void> {
      this.#alarm.fired()
      this.#hasEmittedFault = false
      // Each by itself, so that what one of them cannot do now holds up none of the others.
      await this.#attempt('clock', () => clock.sync(this.env))
      await this.#attempt('timers', () => this.#fireTimers())
      await this.#attempt('effects', () => this.#effects.retryDue())
      await this.#attempt('publication', () => this.#publisher.publish())
      await this.#attempt('parked effects', () => this.#effects.report())
      await this.#attempt('tidying', () => this.#journal.compact(clock.now()))
      await this.#attempt('registration', () => this.#registerTimers())
      // A log that cannot be read is a defect: looked at again, now and then, until it is repaired.
      const due = await this.#attempt('waking', () => this.#nextDue())
      await this.#alarm.scheduleAt(due === FAULT ? Date.now() + MINUTE : due)
    }

    /** Thrown on, the platform would give up after six tries; what is left stays on record instead. */
    async #attempt<Result>(
      step: string,
      work: () => Result | Promise<Result>,
    ): Promise<Result | typeof FAULT> {
      try {
        return await work()
      } catch (fault) {
        this.#logError(`alarm: ${step}`, fault)
        return FAULT
      }
    }

    #fireTimers(): void {
      const now = clock.now()
      const { timers } = this.#journal.cache
      const due = [...timers.values()].filter((timer) => timer.at <= now)
      due.sort((a, b) => (`${a.at} ${a.id}` < `${b.at} ${b.id}` ? -1 : 1))
      for (const timer of due.slice(0, MAX_TIMERS_PER_ALARM)) {
        // One that fired before it may have moved or removed this one.
        if (timers.get(timer.id)?.at === timer.at) this.#fire(timer)
      }
      this.#effects.start()
    }

    #fire(timer: Timer): void {
      const { cache, log } = this.#journal
      if (cache.id === null) return
      const correlationId = `${eventId(aggregate.kind, cache.id, cache.version)}@${timer.id}`
      try {
        const decision = this.#decide(aggregate.command.parse(timer.command), cache.id)
        const trace = { correlationId, ...(timer.cause && { causationId: timer.cause }) }
        this.#commit(cache.id, decision, trace, { firedTimer: timer.id })
      } catch (fault) {
        // Moved, not dropped: a defect in one timer neither stops the others nor rings without end.
        this.#logError(`timer ${timer.id}`, fault)
        const later = { ...timer, at: plus(clock.now(), MINUTE) }
        log.setTimer(later)
        cache.timers.set(timer.id, later)
      }
    }

    // --- waking up

    async #rescheduled(): Promise<void> {
      await this.#alarm.scheduleBy(this.#nextDue())
      await this.#registerTimers()
    }

    /** When something is due next (Unix ms); `null` when nothing is left to do. */
    #nextDue(): number | null {
      const { timers, failed, pending } = this.#journal.cache
      const due: number[] = []
      const publication = this.#publisher.nextDue()
      if (publication !== null) due.push(publication)
      if (pending.size > 0) due.push(Date.now() + PENDING_CHECK_MS)
      for (const timer of timers.values()) due.push(clock.platformTimeOf(timer.at))
      for (const effect of failed.values()) {
        // Its next try is under way: waited for like any other, not rung for without end.
        if (pending.has(effect.id)) continue
        if (!effect.parked) due.push(clock.platformTimeOf(effect.nextAt))
        else if (!effect.reported) due.push(Date.now() + PENDING_CHECK_MS)
      }
      return due.length === 0 ? null : Math.min(...due)
    }

    /** Tells the deployment's adjustable clock when the next timer is due, so that a jump can meet it. */
    async #registerTimers(): Promise<void> {
      if (!isClockAdjustable(this.env)) return
      const { id, timers, failed } = this.#journal.cache
      const times = [...timers.values()].map((timer) => timer.at)
      for (const effect of failed.values()) if (!effect.parked) times.push(effect.nextAt)
      const earliest = times.sort()[0]
      if (id === null || earliest === undefined) return
      if (this.#registeredTimer !== null && this.#registeredTimer <= earliest) return
      this.#registeredTimer = earliest
      await this.env.CLOCK.getByName('clock').register(aggregate.kind, id, earliest)
    }

    #logError(where: string, fault: unknown): void {
      const { error } = faultOf(fault)
      logError(`${aggregate.kind} ${where}`, error, { kind: aggregate.kind, where, fault: error })
      // One cause makes several steps fail: told once for each alarm.
      if (this.#hasEmittedFault) return
      this.#hasEmittedFault = true
      // Not out of the log, which may be what cannot be read.
      const { id } = this.ctx
      const subject = streamName(aggregate.kind, id.name ?? id.toString())
      telemetry.faulted(this.#telemetrySource, `${aggregate.kind} ${where}`, fault, { subject })
    }
  }
}

/** Why a command is not for this version; `null` when it is. */
function unexpectedVersion(
  version: number,
  expected: NonNullable<CommandEnvelope['expectedVersions']>,
): Refusal | null {
  if (expected === 'any' ? version > 0 : expected.includes(version)) return null
  if (version === 0) return { code: 'not_found', detail: 'There is no version of this yet.' }
  return {
    code: 'version_conflict',
    detail: `The present version is ${version}, and none that was named.`,
    facts: { currentVersion: version },
  }
}
