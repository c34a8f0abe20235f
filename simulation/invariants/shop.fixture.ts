import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Journal } from '../../durable-objects/aggregate/journal/journal.ts'
import { newMeter } from '../../durable-objects/aggregate/meter.ts'
import type { AnyAggregate } from '../../shared/core/aggregate.ts'
import type { Trace } from '../../shared/core/cloud-event.ts'
import type { AsynchronousEffect, PortRequest, StepOutcome } from '../../shared/core/effect.ts'
import { mailRequestSchema } from '../../shared/core/mail.ts'
import { specificationContext } from '../../shared/core/specification.fixture.ts'
import { HOUR, instantOf, millisecondsOf, plus } from '../../shared/core/time.ts'
import { screeningRequestSchema } from '../../shared/payment/commands.ts'
import { chargeRequestSchema, refundRequestSchema } from '../../shared/ports/payment-gateway.ts'
import { type AggregateKind, isAggregateKind, registry } from '../../shared/registry.ts'
import { readModels } from '../../workers/read-models/models.ts'
import type { Exchange, GatewayBook, Inspection, StoredObject } from '../world.ts'
import { listingAt, publishedForm } from './forms.ts'
import { changeLog } from './log-tables.fixture.ts'
import { everyStream, versionOf } from './streams.ts'

const OPENED = Date.parse('2026-03-01T12:00:00.000Z')
const MIGRATIONS = join(import.meta.dirname, '../../migrations')

/** Durable storage of one object, with a way to break it. */
class TestObject implements StoredObject {
  readonly className: string
  readonly name: string
  alarm: number | null = null
  readonly #database = new DatabaseSync(':memory:')

  constructor(className: string, name: string) {
    this.className = className
    this.name = name
  }

  rows(query: string, ...bindings: (string | number | null)[]): Record<string, unknown>[] {
    try {
      return this.#database.prepare(query).all(...bindings)
    } catch (fault) {
      if (String(fault).includes('no such table')) return []
      throw fault
    }
  }

  /** Runs a statement that writes. */
  change(query: string, ...bindings: (string | number | null)[]): void {
    this.#database.prepare(query).run(...bindings)
  }

  /** Runs statements that define tables, indexes and triggers. */
  define(script: string): void {
    this.#database.exec(script)
  }

  /** Falsifies the log, see `changeLog`. */
  changeLog(query: string, ...bindings: (string | number | null)[]): void {
    changeLog(this.#database, query, bindings)
  }

  /** The part of an object's storage that a journal uses. */
  storage(): DurableObjectStorage {
    const exec = (query: string, ...bindings: (string | number | null)[]) => {
      const statement = this.#database.prepare(query)
      const rows = statement.all(...bindings)
      return { toArray: () => rows, rowsWritten: 0 }
    }
    return { sql: { exec }, transactionSync: (changes: () => void) => changes() } as never
  }
}

interface Options {
  readonly commandId?: string
  readonly trace?: Trace
}

/**
 * A deployment in miniature that keeps what it does as a real one stores it: the product's own aggregates and journal
 * on SQLite, with effects that happen at once, timers, a gateway, a mailer, a sink and the read database.
 */
export class Shop {
  now = OPENED
  readonly exchanges: Exchange[] = []
  readonly mails: { id: string; to: string; subject: string; text: string; html: string; at: number }[] = []
  readonly charges: GatewayBook['charges'][number][] = []
  readonly refunds: GatewayBook['refunds'][number][] = []
  readonly database = new TestObject('', '')
  readonly forwarder = new TestObject('ForwarderObject', '0')
  readonly #objects = new Map<string, { object: TestObject; journal: Journal<unknown> }>()
  readonly #effects: (() => void)[] = []
  #ids = 0

  constructor() {
    for (const file of readdirSync(MIGRATIONS).sort())
      this.database.define(readFileSync(join(MIGRATIONS, file), 'utf8'))
    this.forwarder.change(
      `CREATE TABLE streams (kind TEXT, id TEXT, delivered INTEGER, known INTEGER, owed_since INTEGER, due_at INTEGER,
        held_at INTEGER, handed_over INTEGER)`,
    )
  }

  newId = (prefix: string): string => {
    this.#ids += 1
    return `${prefix}_00000000-0000-7000-8000-${String(this.#ids).padStart(12, '0')}`
  }

  /** The object of an aggregate that exists. */
  object(kind: AggregateKind, id: string): TestObject {
    return this.#existing(kind, id).object
  }

  /** The newest state of an aggregate and its version. */
  state(kind: AggregateKind, id: string): { state: unknown; version: number } {
    const { state, version } = this.#existing(kind, id).journal.cache
    return { state, version }
  }

  stateVersion(kind: AggregateKind): number {
    return registry[kind].stateVersion
  }

  /** Lets an effect of the first event of an aggregate have failed. */
  fail(
    kind: AggregateKind,
    id: string,
    { parked, error, attempts = 25 }: { parked: boolean; error: string; attempts?: number },
  ): void {
    this.#existing(kind, id).journal.log.saveFailedEffect({
      id: `${kind}/${id}/1#0`,
      version: 1,
      effect: {
        type: 'commands',
        steps: [{ to: { kind: 'order', id: 'ord' }, command: { type: 'Do' } }],
        stopAtRefusal: true,
      },
      trace: { correlationId: 'test' },
      attempts,
      nextAt: instantOf(this.now),
      parked,
      reported: parked,
      error,
    })
  }

  /** After a cold start of every object: what was changed in their storage counts. */
  reopened(): this {
    for (const [name, { object, journal }] of this.#objects)
      this.#objects.set(name, {
        object,
        journal: new Journal(journal.aggregate, object.storage(), newMeter(), () => 0),
      })
    return this
  }

  /** Runs a command, and everything that it causes. @throws Error for a refusal */
  run(kind: AggregateKind, id: string, command: object, options: Options = {}): StepOutcome & { ok: true } {
    const outcome = this.execute(kind, id, command, options)
    if (!outcome.ok)
      throw new Error(`${kind}/${id} refused: ${outcome.refusal.code}, ${outcome.refusal.detail}`)
    for (let effect = this.#effects.shift(); effect; effect = this.#effects.shift()) effect()
    return outcome
  }

  /** Runs a command once for its id. */
  execute(kind: AggregateKind, id: string, command: object, { commandId, trace }: Options = {}): StepOutcome {
    const { journal } = this.#objects.get(`${kind}/${id}`) ?? this.#create(kind, id)
    const { aggregate, cache, log } = journal
    const to = { kind, id }
    if (commandId !== undefined && log.command(commandId))
      return { ok: true, to, version: cache.version, events: [] }
    const decision = aggregate.decide(aggregate.command.parse(command), cache.state, {
      ...specificationContext(),
      id,
      now: instantOf(this.now),
      nextVersion: cache.version + 1,
      newId: this.newId,
    })
    const { refusal, events } = decision
    const recorded = commandId === undefined ? {} : { command: { id: commandId, fingerprint: null } }
    // A refusal without a record and without events leaves nothing.
    if (events.length > 0 || cache.id !== null)
      journal.commit(
        id,
        decision,
        trace ?? { correlationId: this.newId('req') },
        instantOf(this.now),
        recorded,
      )
    this.#react(kind, id)
    return refusal
      ? { ok: false, to, refusal }
      : {
          ok: true,
          to,
          version: journal.cache.version,
          events: events.map(({ type, data }) => ({ type, data })),
        }
  }

  /** Lets time pass (ms), and timers fire. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds
    for (;;) {
      const due = [...this.#objects.values()].flatMap(({ journal }) =>
        [...journal.cache.timers.values()].map((timer) => ({ journal, timer, at: millisecondsOf(timer.at) })),
      )
      const [next] = due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.now = Math.max(this.now, next.at)
      this.#fire(next.journal, next.timer)
    }
    this.now = end
  }

  /** All that is left; `changes` replaces parts of it. */
  inspection(changes: Partial<Inspection> = {}): Inspection {
    const objects = [...this.#objects.values()].map(({ object, journal }) => {
      const { timers, version } = journal.cache
      if (journal.cache.cursors.published < version) {
        journal.moveCursors({ sent: version, published: version })
        journal.saveCursors()
      }
      object.alarm = Math.min(...[...timers.values()].map(({ at }) => millisecondsOf(at)))
      if (object.alarm === Number.POSITIVE_INFINITY) object.alarm = null
      return object
    })
    const inspection: Inspection = {
      now: this.now,
      configuration: {
        sink: 'firehose',
        gateway: 'sandbox',
        forwarders: 1,
        strictOrder: false,
        platform: 'cloud',
        slowness: 1,
        snapshots: 'few',
      },
      objects: [...objects, this.forwarder],
      exchanges: this.exchanges,
      arrivals: [],
      mails: this.mails,
      gateway: { charges: this.charges, refunds: this.refunds },
      faults: [],
      errors: [],
      queued: new Map(),
      database: (query, ...bindings) => this.database.rows(query, ...bindings),
      bucket: () => [],
      ...changes,
    }
    return changes.arrivals ? inspection : { ...inspection, arrivals: this.#forward(inspection) }
  }

  /** Sends every event to the sink and writes every row. */
  #forward(inspection: Inspection): Inspection['arrivals'] {
    this.forwarder.change('DELETE FROM streams')
    return everyStream(inspection).flatMap((stream) => {
      const { aggregate, id, entries } = stream
      const version = versionOf(stream)
      this.forwarder.change(
        'INSERT INTO streams VALUES (?, ?, ?, ?, NULL, NULL, NULL, 0)',
        ...[aggregate.kind, id, version, version],
      )
      const model = readModels.get(aggregate.kind)
      if (model)
        this.database.change(
          `INSERT INTO ${model.table} (id, version, item) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET version = excluded.version, item = excluded.item`,
          ...[id, version, JSON.stringify(listingAt(stream, version))],
        )
      return entries.map((entry) => ({
        text: JSON.stringify(publishedForm(stream, entry)),
        at: this.now,
        isRepeat: false,
        repeatOf: null,
      }))
    })
  }

  #existing(kind: AggregateKind, id: string) {
    const known = this.#objects.get(`${kind}/${id}`)
    if (!known) throw new RangeError(`there is no ${kind} ${id}`)
    return known
  }

  #create(kind: AggregateKind, id: string) {
    const words = kind.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    const object = new TestObject(`${words.join('')}Object`, id)
    const aggregate: AnyAggregate = registry[kind]
    const journal = new Journal(aggregate, object.storage(), newMeter(), () => 0)
    const created = { object, journal }
    this.#objects.set(`${kind}/${id}`, created)
    return created
  }

  #fire(journal: Journal<unknown>, timer: { id: string; command: object; cause?: string | undefined }): void {
    const { aggregate, cache } = journal
    const { kind } = aggregate
    if (cache.id === null || !isAggregateKind(kind)) throw new RangeError('a timer of nothing')
    const log = cache.id.startsWith(`${aggregate.idPrefix}_`) ? cache.id : `${kind}/${cache.id}`
    const trace = {
      correlationId: `${log}/${cache.version}@${timer.id}`,
      ...(timer.cause !== undefined && { causationId: timer.cause }),
    }
    journal.commit(cache.id, { events: [] }, trace, instantOf(this.now), { firedTimer: timer.id })
    this.run(kind, cache.id, timer.command, { trace })
  }

  #react(kind: AggregateKind, id: string): void {
    const { journal } = this.#existing(kind, id)
    for (const pending of journal.cache.pending.values()) {
      journal.recordSuccess(pending.id)
      this.#effects.push(() => {
        const outcome = this.#perform(pending.id, pending.effect, pending.trace)
        const { reply } = pending.effect
        if (reply)
          this.execute(kind, id, { ...reply, outcome }, { commandId: pending.id, trace: pending.trace })
      })
    }
  }

  #perform(effectId: string, effect: AsynchronousEffect, trace: Trace): unknown {
    if (effect.type === 'call') return { ok: true, value: this.#call(effectId, effect) }
    return effect.steps.map(({ to, command, facts }, index) => {
      if (!isAggregateKind(to.kind)) throw new RangeError(`there is no ${to.kind}`)
      const commandId = `${effectId}.${index}`
      const known = facts && { facts: { ok: true, value: this.#call(`${commandId}.facts`, facts) } }
      return this.execute(to.kind, to.id, { ...command, ...known }, { commandId, trace })
    })
  }

  #call(effectId: string, { port, operation, input }: PortRequest): object {
    switch (`${port}.${operation}`) {
      case 'payments.screen': {
        screeningRequestSchema.parse(input)
        const accountCreatedAt = plus(instantOf(this.now), -100 * HOUR)
        const customer = { accountCreatedAt, paymentsInWindow: 1, disposableEmail: false }
        return { cardCountry: 'US', customer }
      }
      case 'payments.charge': {
        const { key, amount, paymentMethod } = chargeRequestSchema.parse(input)
        this.charges.push({ key, paymentMethod, ...amount, succeeded: true })
        return { status: 'succeeded', chargeId: `ch_${key}`, gateway: 'sandbox' }
      }
      case 'payments.refund': {
        const { key, chargeKey, amount } = refundRequestSchema.parse(input)
        this.refunds.push({ key, chargeKey, ...amount, succeeded: true })
        return { status: 'succeeded', gatewayRefundId: `re_${key}` }
      }
      case 'mailer.send': {
        const { customerId, template } = mailRequestSchema.parse(input)
        this.mails.push({ id: effectId, to: customerId, subject: template, text: '', html: '', at: this.now })
        return { messageId: effectId }
      }
      case 'carrier.book':
        return { trackingNumber: 'SBX-1' }
      case 'erasure.sweep':
        return { erased: 0, open: 0 }
      default:
        throw new RangeError(`nobody plays ${port}.${operation}`)
    }
  }
}
