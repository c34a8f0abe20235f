import { DurableObject } from 'cloudflare:workers'
import type { Aggregate, DecisionContext, DomainEvent, Typed } from '../shared/core/aggregate.ts'
import { eventId, type Trace } from '../shared/core/cloud-event.ts'
import type { Message, Timer } from '../shared/core/effect.ts'
import type { Decision, Refusal } from '../shared/core/refusal.ts'
import { DAY, plus } from '../shared/core/time.ts'
import { clock, isClockAdjustable } from './clock.ts'
import { decisionContext } from './decision-context.ts'
import { backoff, faultOf, MAX_ATTEMPTS, type PendingEffect, perform } from './effects.ts'
import type { Env } from './env.ts'
import { type CommandRecord, EventLog, type StoredEvent } from './event-log.ts'
import { effectsOf, type Memory, recall, recallAt } from './memory.ts'
import { newMeter } from './meter.ts'
import { forgetParked, reportParked } from './parked.ts'
import {
  type CommandEnvelope,
  type CommandReply,
  commandEnvelopeSchema,
  packRefusal,
  type Reading,
  replyEvent,
} from './protocol.ts'
import { batches, toCloudEvent } from './publisher.ts'

/** How long events may wait for company before they are published (ms): one send then carries many. */
const GATHER = 1_000
/** When an unconfirmed event is sent again the first time (ms); doubles up to an hour. */
const CONFIRM_WITHIN = 30_000
const RESEND_AT_LEAST_EVERY = 60 * 60_000
/** When the alarm looks again after effects that are still under way (ms). */
const LOOK_AGAIN = 5_000
/** At most so many timers and events are handled by one alarm; the next takes the rest. */
const TIMERS_A_SLICE = 50
const EVENTS_A_SLICE = 1_000
const SNAPSHOT_EVERY = 100
/** Commands are remembered for two days: clients may count on one (Idempotency-Key), effects on all of it. */
const REMEMBER_COMMANDS = 2 * DAY

/**
 * The Durable Object class of one kind of aggregate: loads, deduplicates, decides, appends, replies;
 * then follows its own log with effects and publication. Everything from load to commit is one
 * synchronous stretch, so no other request ever sees or makes a state in between.
 */
export function objectOf<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
) {
  return class AggregateObject extends DurableObject<Env> {
    readonly meter = newMeter()
    #log: EventLog | null = null
    #memory: Memory<State> | null = null
    /** When the alarm will ring (Unix ms), as far as this object knows. */
    #armedFor: number | null = null
    /** When unsent events are due (Unix ms). */
    #flushAt: number | null = null
    #forgotAt = 0
    #registeredTimer: string | null = null
    readonly #running = new Set<string>()
    readonly #waiting = new Set<() => void>()
    readonly #confirmed = new Set<number>()

    // --- what others may ask

    /** Runs one command; see `CommandReply`. With `waitMilliseconds` the answer is given once settled. */
    async execute(input: CommandEnvelope): Promise<CommandReply<State>> {
      const envelope = commandEnvelopeSchema.parse(input)
      await clock.sync(this.env)
      const reply = this.#handle(envelope)
      if (envelope.dryRun) return reply
      await this.#registerTimers()
      this.#startEffects()
      return reply.ok && envelope.waitMilliseconds ? this.#settledReply(reply, envelope) : reply
    }

    /** The aggregate now, or as it was at a version; `null` where there is none. */
    async read({ version }: { version?: number }): Promise<Reading<State> | null> {
      const memory = this.#recall()
      return version === undefined || version === memory.version ? this.#reading() : this.#readingAt(version)
    }

    /** Events after a version, oldest first, as CloudEvents in JSON text. */
    async history({ after, limit }: { after: number; limit: number }): Promise<string[]> {
      const { id } = this.#recall()
      if (id === null) return []
      const events = this.#logbook().eventsAfter(after, limit)
      return events.map((stored) => JSON.stringify(toCloudEvent(aggregate, id, stored)))
    }

    /** From the consumer: these versions have reached the sink, and need not be sent again. */
    async confirmPublished(versions: number[]): Promise<void> {
      const { cursors, version } = this.#recall()
      for (const confirmed of versions) if (confirmed > cursors.published) this.#confirmed.add(confirmed)
      const before = cursors.published
      while (this.#confirmed.delete(cursors.published + 1)) cursors.published += 1
      if (cursors.published === before) return
      if (cursors.published === version) Object.assign(cursors, { resends: 0, resendAt: null })
      cursors.reacted = this.#reactedUpTo()
      this.#logbook().saveCursors(cursors)
      if (cursors.published === version) await this.#arm({ later: true })
    }

    /** Gives a parked effect another round of tries; false if there is none of this id. */
    async retryParked(effectId: string): Promise<boolean> {
      const { failed } = this.#recall()
      const parked = failed.get(effectId)
      if (!parked?.parked) return false
      const again = { ...parked, parked: false, attempts: 0, nextAt: clock.now() }
      failed.set(effectId, again)
      this.#logbook().saveFailedEffect(again)
      await this.#arm()
      this.#takeDueEffects()
      return true
    }

    /** From the deployment's clock: time has moved, and something may have fallen due. */
    async wake(): Promise<void> {
      this.#registeredTimer = null
      this.#fireTimers()
      this.#takeDueEffects()
      await this.#registerTimers()
    }

    // --- one command, from load to commit

    #handle(envelope: CommandEnvelope): CommandReply<State> {
      const memory = this.#recall()
      if (memory.id !== null && memory.id !== envelope.id)
        throw new Error(`an object of ${aggregate.kind} was asked for an id that is not its own`)
      const { commandId, fingerprint, expectedVersion } = envelope
      const record = commandId === undefined ? null : this.#logbook().command(commandId)
      if (record) {
        const reused =
          fingerprint !== undefined && record.fingerprint !== null && record.fingerprint !== fingerprint
        return reused
          ? this.#refused({
              code: 'idempotency_key_reused',
              detail: 'This key was used for another request.',
            })
          : this.#replay(record)
      }
      if (expectedVersion !== undefined && expectedVersion !== memory.version)
        return this.#refused({
          code: 'version_conflict',
          detail: `The present version is ${memory.version}, not ${expectedVersion}.`,
          facts: { currentVersion: memory.version },
        })
      const command = aggregate.command.safeParse(envelope.command)
      if (!command.success)
        return this.#refused({
          code: 'command_invalid',
          detail: 'The command does not have the expected shape.',
          facts: { issues: command.error.issues.map(({ path, code }) => ({ path: path.join('/'), code })) },
        })
      const decision = aggregate.decide(command.data, memory.state, this.#context(envelope.id))
      if (envelope.dryRun) return this.#foreseen(envelope.id, decision)
      const stored = this.#commit(envelope.id, decision, envelope.trace, {
        ...(commandId !== undefined && { command: { id: commandId, fingerprint: fingerprint ?? null } }),
      })
      return decision.refusal
        ? this.#refused(decision.refusal, stored)
        : {
            ok: true,
            reading: this.#reading() ?? this.#nothing(),
            events: stored.map(replyEvent),
            replayed: false,
          }
    }

    /** Appends what was decided, with everything that has to be durable together with it. */
    #commit(
      id: string,
      decision: Decision<Event>,
      trace: Trace,
      about: { command?: { id: string; fingerprint: string | null }; firedTimer?: string },
    ): StoredEvent[] {
      const memory = this.#recall()
      const time = clock.now()
      const timers = new Map<string, Timer | null>(
        about.firedTimer === undefined ? [] : [[about.firedTimer, null]],
      )
      const pending: PendingEffect[] = []
      const stored: StoredEvent[] = []
      let state = memory.state
      for (const [index, event] of decision.events.entries()) {
        const record = {
          version: memory.version + 1 + index,
          type: event.type,
          data: event.data,
          time,
          trace,
        }
        state = aggregate.evolve(state, event, time)
        stored.push(record)
        for (const effect of aggregate.react(event, state, time, id)) {
          if (effect.type === 'timer') timers.set(effect.id, effect)
          if (effect.type === 'cancelTimer') timers.set(effect.id, null)
        }
        pending.push(...effectsOf(aggregate, event, state, record, id))
      }
      if (stored.length === 0 && !about.command && timers.size === 0) return stored
      const last = memory.version + stored.length
      try {
        this.ctx.storage.transactionSync(() => {
          const log = this.#logbook()
          if (memory.id === null) log.found(aggregate.kind, id)
          log.append(stored)
          if (about.command) {
            const { id: commandId, fingerprint } = about.command
            const refusal = decision.refusal ?? null
            log.recordCommand(
              commandId,
              { fingerprint, first: memory.version + 1, last, refusal, answered: null },
              time,
            )
          }
          for (const [timerId, timer] of timers) this.#storeTimer(memory, timerId, timer)
        })
      } catch (fault) {
        // What was rolled back on disk must not live on in memory.
        this.#log = null
        this.#memory = null
        throw fault
      }
      memory.id = id
      memory.state = state
      memory.version = last
      if (stored.length > 0) {
        if (memory.createdAt === '') memory.createdAt = time
        memory.updatedAt = time
        this.#flushAt ??= Date.now() + GATHER
      }
      for (const [timerId, timer] of timers)
        timer ? memory.timers.set(timerId, timer) : memory.timers.delete(timerId)
      for (const effect of pending) memory.pending.set(effect.id, effect)
      void this.#arm()
      if (state && this.#isSettled(state)) for (const wakeUp of this.#waiting) wakeUp()
      return stored
    }

    #storeTimer(memory: Memory<State>, timerId: string, timer: Timer | null): void {
      const present = memory.timers.get(timerId)
      if (!timer) {
        if (present) this.#logbook().removeTimer(timerId)
        return
      }
      // A timer that stays as it is costs nothing: a hot SKU re-announces its next expiry with each event.
      if (present?.at === timer.at && JSON.stringify(present.command) === JSON.stringify(timer.command))
        return
      this.#logbook().setTimer({ id: timerId, at: timer.at, command: timer.command })
    }

    #context(id: string): DecisionContext {
      return decisionContext(this.env, aggregate.kind, id, this.#recall().version + 1)
    }

    // --- answers

    #replay(record: CommandRecord): CommandReply<State> {
      const events = this.#logbook().eventsAfter(
        record.first - 1,
        record.last - record.first + 1,
        record.last,
      )
      if (record.refusal) return { ...this.#refused(record.refusal, events), replayed: true }
      const reading = this.#readingAt(record.answered ?? record.last) ?? this.#nothing()
      return { ok: true, reading, events: events.map(replyEvent), replayed: true }
    }

    #refused(refusal: Refusal, events: readonly StoredEvent[] = []): CommandReply<State> {
      return {
        ok: false,
        refusal: packRefusal(refusal),
        version: this.#recall().version,
        events: events.map(replyEvent),
        replayed: false,
      }
    }

    #foreseen(id: string, decision: Decision<Event>): CommandReply<State> {
      const { version, state: present, createdAt } = this.#recall()
      const time = clock.now()
      const trace = { correlationId: '' }
      const events = decision.events.map((event, index) => ({
        ...event,
        version: version + 1 + index,
        time,
        trace,
      }))
      if (decision.refusal) return this.#refused(decision.refusal, events)
      const state = decision.events.reduce<State | null>(
        (before, event) => aggregate.evolve(before, event, time),
        present,
      )
      if (state === null) throw new Error(`${aggregate.kind} accepted a command without coming into being`)
      const reading = {
        id,
        version: version + events.length,
        state,
        createdAt: createdAt || time,
        updatedAt: time,
      }
      return { ok: true, reading, events: events.map(replyEvent), replayed: false }
    }

    #reading(): Reading<State> | null {
      const { id, version, state, createdAt, updatedAt } = this.#recall()
      return id === null || state === null ? null : { id, version, state, createdAt, updatedAt }
    }

    #readingAt(version: number): Reading<State> | null {
      const { id, version: present } = this.#recall()
      if (id === null || version < 1 || version > present) return null
      if (version === present) return this.#reading()
      const { state, createdAt, updatedAt } = recallAt(aggregate, this.#logbook(), version)
      return state === null ? null : { id, version, state, createdAt, updatedAt }
    }

    #nothing(): never {
      throw new Error(`${aggregate.kind} accepted a command without coming into being`)
    }

    #isSettled(state: State): boolean {
      return aggregate.settled?.(state) ?? true
    }

    /** Equal callers get equal answers: the first that is answered fixes the version for all. */
    async #settledReply(
      reply: Extract<CommandReply<State>, { ok: true }>,
      { commandId, waitMilliseconds = 0 }: CommandEnvelope,
    ): Promise<CommandReply<State>> {
      const answered = () =>
        commandId === undefined ? null : (this.#logbook().command(commandId)?.answered ?? null)
      if (answered() === null) {
        await this.#settled(waitMilliseconds)
        const { version } = this.#recall()
        if (commandId !== undefined && answered() === null) this.#logbook().recordAnswer(commandId, version)
      }
      const reading = this.#readingAt(answered() ?? this.#recall().version)
      return { ...reply, reading: reading ?? reply.reading }
    }

    async #settled(milliseconds: number): Promise<void> {
      const { state } = this.#recall()
      if (state && this.#isSettled(state)) return
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          this.#waiting.delete(done)
          resolve()
        }
        const timer = setTimeout(done, milliseconds)
        this.#waiting.add(done)
      })
    }

    // --- following the log

    override async alarm(): Promise<void> {
      this.#armedFor = null
      try {
        await clock.sync(this.env)
        this.#fireTimers()
        this.#takeDueEffects()
        this.#startEffects()
        await this.#publish()
        await this.#reportParked()
        this.#tidy()
      } catch (fault) {
        // Thrown on, the platform would give up after six tries: what is left stays on record instead.
        this.#complain('alarm', fault)
      }
      await this.#arm({ later: true })
    }

    #fireTimers(): void {
      const now = clock.now()
      const { id, timers } = this.#recall()
      if (id === null) return
      const due = [...timers.values()].filter((timer) => timer.at <= now)
      due.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1))
      for (const timer of due.slice(0, TIMERS_A_SLICE)) {
        if (this.#recall().timers.get(timer.id)?.at !== timer.at) continue
        try {
          const command = aggregate.command.parse(timer.command)
          const decision = aggregate.decide(command, this.#recall().state, this.#context(id))
          const trace = {
            correlationId: `${eventId(aggregate.kind, id, this.#recall().version)}@${timer.id}`,
          }
          this.#commit(id, decision, trace, { firedTimer: timer.id })
        } catch (fault) {
          // Moved, not dropped: a defect in one timer neither stops the others nor rings for ever.
          this.#complain(`timer ${timer.id}`, fault)
          const later = { ...timer, at: plus(now, 60_000) }
          this.#logbook().setTimer(later)
          timers.set(timer.id, later)
        }
      }
      this.#startEffects()
    }

    #takeDueEffects(): void {
      const now = clock.now()
      const { failed, pending } = this.#recall()
      for (const effect of failed.values()) {
        if (!effect.parked && effect.nextAt <= now && !this.#running.has(effect.id))
          pending.set(effect.id, effect)
      }
      this.#startEffects()
    }

    /** Starts what is pending, in the background: the commit that caused it is held durable by then. */
    #startEffects(): void {
      for (const effect of this.#recall().pending.values()) {
        if (this.#running.has(effect.id)) continue
        this.#running.add(effect.id)
        clock.started()
        this.ctx.waitUntil(
          this.#run(effect).finally(() => {
            this.#running.delete(effect.id)
            clock.finished()
          }),
        )
      }
    }

    async #run(effect: PendingEffect): Promise<void> {
      const id = this.#recall().id
      if (id === null) return
      try {
        const { outcome, refusal } = await perform(this.env, { kind: aggregate.kind, id }, effect, this.meter)
        const unheard = effect.effect.reply
          ? this.#reply(id, { ...effect.effect.reply, outcome }, effect)
          : refusal
        if (unheard) await this.#failed(effect, { action: 'park', error: `refused: ${unheard.code}` })
        else await this.#happened(effect)
      } catch (thrown) {
        await this.#failed(effect, faultOf(thrown))
      }
      this.#startEffects()
    }

    /** Brings an effect's outcome home as a command, once. Returns the refusal, which is a defect. */
    #reply(id: string, message: Message, effect: PendingEffect): Refusal | null {
      const log = this.#logbook()
      if (log.command(effect.id)) return null
      const decision = aggregate.decide(
        aggregate.command.parse(message),
        this.#recall().state,
        this.#context(id),
      )
      this.#commit(id, decision, effect.trace, { command: { id: effect.id, fingerprint: null } })
      return decision.refusal ?? null
    }

    async #happened(effect: PendingEffect): Promise<void> {
      const { failed, pending } = this.#recall()
      const row = failed.get(effect.id)
      if (row?.reported) await forgetParked(this.env, effect.id)
      if (row) this.#logbook().removeFailedEffect(effect.id)
      failed.delete(effect.id)
      pending.delete(effect.id)
      await this.#registerTimers()
    }

    async #failed(
      effect: PendingEffect,
      { action, error }: { action: 'retry' | 'park'; error: string },
    ): Promise<void> {
      const { failed, pending } = this.#recall()
      const attempts = effect.attempts + 1
      const row = {
        ...effect,
        attempts,
        nextAt: plus(clock.now(), backoff(attempts)),
        parked: action === 'park' || attempts >= MAX_ATTEMPTS,
        reported: failed.get(effect.id)?.reported ?? false,
        error,
      }
      this.#logbook().saveFailedEffect(row)
      failed.set(effect.id, row)
      pending.delete(effect.id)
      await this.#arm()
      await this.#registerTimers()
    }

    /** The newest version of which, and before which, every effect has happened or is on record. */
    #reactedUpTo(): number {
      const { pending, failed, version } = this.#recall()
      const open = [...pending.values()]
        .filter((effect) => !failed.has(effect.id))
        .map((effect) => effect.version)
      return open.length === 0 ? version : Math.min(...open) - 1
    }

    async #publish(): Promise<void> {
      const { id, version, cursors } = this.#recall()
      if (id === null) return
      const again =
        cursors.resendAt !== null && cursors.resendAt <= Date.now() && cursors.published < cursors.sent
      const from = again ? cursors.published : cursors.sent
      if (from === version) return
      const stored = this.#logbook().eventsAfter(from, EVENTS_A_SLICE)
      const messages = stored.map((one) => ({
        stream: { kind: aggregate.kind, id, version: one.version },
        event: toCloudEvent(aggregate, id, one),
      }))
      this.#flushAt = Date.now() + GATHER
      for (const batch of batches(messages)) {
        this.meter.queueSends += 1
        await this.env.EVENTS.sendBatch(batch.map((body) => ({ body, contentType: 'json' as const })))
      }
      const sent = Math.max(cursors.sent, stored.at(-1)?.version ?? 0)
      const resends = again ? cursors.resends + 1 : 0
      const resendAt = Date.now() + Math.min(CONFIRM_WITHIN * 2 ** resends, RESEND_AT_LEAST_EVERY)
      Object.assign(cursors, { sent, resends, resendAt, reacted: this.#reactedUpTo() })
      this.#logbook().saveCursors(cursors)
      this.#flushAt = sent < this.#recall().version ? Date.now() + GATHER : null
    }

    async #reportParked(): Promise<void> {
      const { id, failed } = this.#recall()
      if (id === null) return
      for (const effect of failed.values()) {
        if (!effect.parked || effect.reported) continue
        this.meter.queueSends += 1
        await reportParked(this.env, { kind: aggregate.kind, id }, effect, clock.now())
        const reported = { ...effect, reported: true }
        failed.set(effect.id, reported)
        this.#logbook().saveFailedEffect(reported)
      }
    }

    /** A snapshot where there is none for long, and no memory of commands that nobody repeats any more. */
    #tidy(): void {
      const memory = this.#recall()
      const { state, version, pending, createdAt, updatedAt } = memory
      if (state !== null && version - memory.snapshotVersion >= SNAPSHOT_EVERY && pending.size === 0) {
        memory.cursors.reacted = this.#reactedUpTo()
        this.#logbook().saveCursors(memory.cursors)
        this.#logbook().saveSnapshot({
          version,
          stateVersion: aggregate.stateVersion,
          state,
          createdAt,
          updatedAt,
        })
        memory.snapshotVersion = version
      }
      if (Date.now() - this.#forgotAt < DAY) return
      this.#forgotAt = Date.now()
      this.#logbook().forgetCommandsBefore(plus(clock.now(), -REMEMBER_COMMANDS))
    }

    // --- waking up

    /** Arms the alarm for the next thing due. `later` lets it be put off too, or removed. */
    async #arm({ later = false } = {}): Promise<void> {
      const due = this.#nextDue()
      if (due === null) {
        if (later && this.#armedFor !== null) {
          this.#armedFor = null
          await this.ctx.storage.deleteAlarm()
        }
        return
      }
      if (this.#armedFor !== null && (later ? due === this.#armedFor : due >= this.#armedFor)) return
      this.#armedFor = due
      this.meter.alarmsSet += 1
      await this.ctx.storage.setAlarm(due)
    }

    /** Unix time in milliseconds; `null` when nothing is left to do. */
    #nextDue(): number | null {
      const { version, cursors, timers, failed, pending } = this.#recall()
      const due: number[] = []
      if (version > cursors.sent) due.push(this.#flushAt ?? Date.now())
      else if (cursors.published < cursors.sent && cursors.resendAt !== null) due.push(cursors.resendAt)
      if (pending.size > 0) due.push(Date.now() + LOOK_AGAIN)
      for (const timer of timers.values()) due.push(clock.platformTimeOf(timer.at))
      for (const effect of failed.values()) {
        if (!effect.parked) due.push(clock.platformTimeOf(effect.nextAt))
        else if (!effect.reported) due.push(Date.now() + LOOK_AGAIN)
      }
      return due.length === 0 ? null : Math.min(...due)
    }

    /** Tells the deployment's adjustable clock when the next timer is due, so that a jump can meet it. */
    async #registerTimers(): Promise<void> {
      if (!isClockAdjustable(this.env)) return
      const { id, timers, failed } = this.#recall()
      const times = [...timers.values()].map((timer) => timer.at)
      for (const effect of failed.values()) if (!effect.parked) times.push(effect.nextAt)
      const earliest = times.sort()[0]
      if (id === null || earliest === undefined) return
      if (this.#registeredTimer !== null && this.#registeredTimer <= earliest) return
      this.#registeredTimer = earliest
      await this.env.CLOCK.get(this.env.CLOCK.idFromName('clock')).register(aggregate.kind, id, earliest)
    }

    // --- memory

    #logbook(): EventLog {
      this.#log ??= new EventLog(this.ctx.storage.sql, aggregate.upcasters ?? {}, this.meter)
      return this.#log
    }

    #recall(): Memory<State> {
      this.#memory ??= recall(aggregate, this.#logbook())
      return this.#memory
    }

    #complain(where: string, fault: unknown): void {
      console.error(
        JSON.stringify({ level: 'error', kind: aggregate.kind, where, fault: faultOf(fault).error }),
      )
    }
  }
}
