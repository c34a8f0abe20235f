import { DurableObject } from 'cloudflare:workers'
import type { Aggregate } from '../../shared/core/aggregate.ts'
import { type Instant, MINUTE } from '../../shared/core/time.ts'
import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import type { Env } from '../env.ts'
import { initialShard } from '../forwarder/forwarders.ts'
import { publicOrigin } from '../public-url.ts'
import { clock } from '../sandbox/clock.ts'
import { telemetry } from '../telemetry.ts'
import { Alarm } from './alarm.ts'
import { CommandHandler } from './command-handler.ts'
import { isFreshId, refuseLostLog } from './damage.ts'
import { EffectRunner } from './effects/effect-runner.ts'
import { FAULT, FaultLog } from './fault-log.ts'
import { Journal } from './journal/journal.ts'
import { newMeter } from './meter.ts'
import {
  type AggregateRpc,
  type CommandEnvelope,
  type CommandReply,
  commandEnvelopeSchema,
  type ReadRequest,
  type ReadView,
  type StepReply,
} from './protocol.ts'
import { presentListing, publishedPage, toCloudEvent } from './publication.ts'
import { Publisher } from './publisher.ts'
import { Schedule } from './schedule.ts'
import { Settlement } from './settlement.ts'
import { fireDueTimers } from './timers.ts'
import { Upkeep } from './upkeep.ts'

/**
 * The Durable Object class of one kind of aggregate. A command is loaded, deduplicated, decided, appended and
 * answered; the object then follows its own log with effects and publication.
 */
export function objectOf<State>(aggregate: Aggregate<State>) {
  return class AggregateObject extends DurableObject<Env> implements AggregateRpc<State> {
    /** Read by tests that hold commands to their costs. */
    readonly meter = newMeter()
    readonly #telemetrySource = {
      env: this.env,
      waitUntil: (work: Promise<unknown>) => this.ctx.waitUntil(work),
    }
    readonly #faults = new FaultLog(this.#telemetrySource, {
      kind: aggregate.kind,
      id: this.ctx.id.name ?? this.ctx.id.toString(),
    })
    readonly #alarm = new Alarm(this.ctx.storage, this.meter)
    readonly #journal = new Journal(aggregate, this.ctx.storage, this.meter, (stream) =>
      initialShard(this.env, stream),
    )
    /** Whether an object without a log is known to be a new one. */
    #isNew = false
    readonly #publisher = new Publisher(this.env, this.#journal, this.meter, {
      publish: () => void this.#faults.attempt('publication', () => this.#publisher.publish()),
      moved: () => this.#upkeep.later(),
    })
    readonly #schedule = new Schedule(this.env, this.#journal, this.#publisher)
    readonly #upkeep = new Upkeep(this.#journal, this.#faults, this.#alarm, this.#schedule)
    readonly #settlement = new Settlement(this.#journal)
    readonly #commands = new CommandHandler(this.env, this.#journal, (stored) => {
      if (stored.length > 0) this.#publisher.appended()
      // In the same tick as the commit, and so in the same transaction: no crash comes between.
      void this.#alarm.scheduleBy(this.#schedule.nextDue())
      this.#settlement.release()
    })
    readonly #effects = new EffectRunner({
      env: this.env,
      meter: this.meter,
      journal: this.#journal,
      deliver: (message, effect) => this.#commands.deliver(message, effect),
      waitUntil: (work) => this.ctx.waitUntil(work),
      rescheduled: async () => {
        await this.#alarm.scheduleBy(this.#schedule.nextDue())
        await this.#schedule.register()
      },
      ended: () => this.#upkeep.later(),
    })

    constructor(state: DurableObjectState, env: Env) {
      super(state, env)
      telemetry.started(this.#telemetrySource, 'object')
      telemetry.storageOpened(this.#telemetrySource, aggregate.kind, () => this.#journal.log)
    }

    /** Runs one command; see `CommandReply`. With `waitMilliseconds` the answer is given once settled. */
    async execute(input: CommandEnvelope): Promise<CommandReply<State>> {
      const envelope = commandEnvelopeSchema.parse(input)
      await clock.sync(this.env)
      const { id } = envelope
      if (!isFreshId(id, Date.now())) await this.#refuseLostLog(id)
      const reply = this.#commands.handle(envelope)
      // A refused creation may belong to an aggregate that exists: a fresh id alone proves nothing then.
      if (!reply.ok) await this.#refuseLostLog(id)
      if (envelope.dryRun) return reply
      await this.#schedule.register()
      this.#effects.start()
      return reply.ok && envelope.waitMilliseconds ? this.#settlement.reply(reply, envelope) : reply
    }

    /** Runs one command of another object, and returns its events without the state. */
    async dispatch(input: CommandEnvelope): Promise<StepReply> {
      const reply = await this.execute(input)
      return reply.ok ? { ok: true, version: reply.view.version, events: reply.events } : reply
    }

    /**
     * The aggregate now, or as it was at a version; `null` where there is none.
     *
     * @throws Error where there was one and its log is lost; see `damageOf`
     */
    async read({ version, answered }: ReadRequest): Promise<ReadView<State> | null> {
      const { name } = this.ctx.id
      if (name !== undefined) await this.#refuseLostLog(name)
      const view = version === undefined ? this.#journal.view() : this.#journal.viewAt(version)
      return view && answered !== undefined && this.#journal.log.command(answered)
        ? { ...view, answered: true }
        : view
    }

    /** Events after a version, oldest first, as CloudEvents in JSON text. */
    async history({ after, limit }: { after: number; limit: number }): Promise<string[]> {
      const { log, cache } = this.#journal
      const { id } = cache
      if (id === null) return []
      const origin = publicOrigin(this.env)
      return log
        .eventsAfter(after, limit)
        .map((stored) => JSON.stringify(toCloudEvent({ aggregate, id, origin }, stored)))
    }

    /**
     * Events after a version, oldest first, as sinks get them: without personal data. A page ends at `limit`, or at
     * about half a megabyte; it is empty only at the log's end.
     */
    async published({ after, limit }: { after: number; limit: number }): Promise<SerializedEvent[]> {
      const { log, cache } = this.#journal
      const { id } = cache
      if (id === null) return []
      return publishedPage({ aggregate, id, origin: publicOrigin(this.env) }, log.eventsAfter(after, limit))
    }

    /** The aggregate's entry in lists, as JSON text; `null` where there is no aggregate, or its kind is not listed. */
    async listing(): Promise<{ version: number; updatedAt: Instant; listing: string } | null> {
      return presentListing(this.#journal)
    }

    /** From the consumer: a forwarder has recorded these versions, and they need not be sent again. */
    async confirmPublished(versions: number[]): Promise<void> {
      if (this.#publisher.confirm(versions)) this.#upkeep.confirmed()
    }

    /** The number of the forwarder of this stream; `null` where there is none. */
    async shard(): Promise<number | null> {
      return this.#publisher.shard()
    }

    /** Gives a parked effect another round of tries; false if there is none of this id. */
    async retryParked(effectId: string): Promise<boolean> {
      return this.#effects.unpark(effectId)
    }

    /** From the deployment's clock: time has moved, and something may have fallen due. */
    async wake(): Promise<void> {
      this.#schedule.clockMoved()
      this.#fireTimers()
      this.#effects.retryDue()
      await this.#schedule.register()
    }

    override async alarm(): Promise<void> {
      this.#alarm.fired()
      this.#faults.reset()
      // What a timer appends now is published from memory.
      const isBehind = await this.#faults.attempt('publication', () => this.#publisher.isBehind())
      // A step that fails does not stop the others.
      await this.#faults.attempt('clock', () => clock.sync(this.env))
      await this.#faults.attempt('timers', () => this.#fireTimers())
      await this.#faults.attempt('effects', () => this.#effects.retryDue())
      if (isBehind) await this.#faults.attempt('publication', () => this.#publisher.publish())
      await this.#faults.attempt('parked effects', () => this.#effects.report())
      // What has happened is stored before the object can be evicted; the next life would make it happen again.
      await this.#faults.attempt('effects under way', () => this.#effects.ended())
      await this.#faults.attempt('compaction', () => this.#journal.compact(clock.now()))
      await this.#faults.attempt('registration', () => this.#schedule.register())
      // A log that cannot be read is a defect: checked again every minute until it is repaired.
      const due = await this.#faults.attempt('scheduling', () => this.#schedule.nextDue())
      await this.#alarm.scheduleAt(due === FAULT ? Date.now() + MINUTE : due)
    }

    #fireTimers(): void {
      fireDueTimers(this.#journal, this.#commands, this.#faults)
    }

    async #refuseLostLog(id: string): Promise<void> {
      if (this.#isNew || this.#journal.cache.id !== null) return
      this.meter.rpcs += 1
      await refuseLostLog(this.env, { kind: aggregate.kind, id })
      this.#isNew = true
    }
  }
}
