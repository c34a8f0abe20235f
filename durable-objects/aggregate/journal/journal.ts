import type { Aggregate, DomainEvent } from '../../../shared/core/aggregate.ts'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import type { Timer } from '../../../shared/core/effect.ts'
import type { Stream } from '../../../shared/core/projection.ts'
import type { Decision } from '../../../shared/core/refusal.ts'
import { DAY, type Instant, plus } from '../../../shared/core/time.ts'
import { eventId } from '../../../shared/stream-names.ts'
import type { PendingEffect } from '../effects/effects.ts'
import type { Meter } from '../meter.ts'
import type { AggregateView } from '../protocol.ts'
import { EventLog } from './event-log.ts'
import { erasePersonalData, erases, forgetPersonalData } from './personal-data.ts'
import { effectsOf, rehydrate, rehydrateAt, type StateCache } from './rehydration.ts'
import type { Cursors, FailedEffect, StoredEvent } from './stored-rows.ts'

/** A snapshot is taken after this many events. */
const SNAPSHOT_EVERY_EVENTS = 100
/** A row holds 2 MB at most; a larger state is always folded from its log (bytes of UTF-8). */
const MAX_SNAPSHOT_BYTES = 1_900_000
/** How long records of commands are retained; clients are promised one day (Idempotency-Key). */
const COMMAND_RETENTION_MS = 2 * DAY

/** A journal of any kind of aggregate. */
export type AnyJournal = Journal<unknown>

/** What is recorded together with the events of one commit. */
export interface CommitOptions {
  /** The command that is answered from the record when it is repeated. */
  readonly command?: { readonly id: string; readonly fingerprint: string | null }
  /** The timer that dispatched the command; it is removed. */
  readonly firedTimer?: string
}

/**
 * One aggregate's log and the state that is folded from it. Everything here is synchronous: nothing else
 * runs between load and commit.
 */
export class Journal<State> {
  readonly aggregate: Aggregate<State>
  readonly #storage: DurableObjectStorage
  readonly #meter: Meter
  readonly #initialShard: (stream: Stream) => number
  #log: EventLog | null = null
  #cache: StateCache<State> | null = null
  /** The platform's time (Unix ms) at which old records of commands were last pruned. */
  #prunedAt = 0
  /** Whether cursors have moved in memory only. */
  #isUnsaved = false

  /** @param initialShard the shard of a new stream */
  constructor(
    aggregate: Aggregate<State>,
    storage: DurableObjectStorage,
    meter: Meter,
    initialShard: (stream: Stream) => number,
  ) {
    this.aggregate = aggregate
    this.#storage = storage
    this.#meter = meter
    this.#initialShard = initialShard
  }

  get log(): EventLog {
    this.#log ??= new EventLog(this.#storage.sql, this.aggregate, this.#meter)
    return this.#log
  }

  get cache(): StateCache<State> {
    this.#cache ??= rehydrate(this.aggregate, this.log)
    return this.#cache
  }

  /** Appends a decision's events, in one transaction with the command's record and the timers. */
  commit(
    id: string,
    decision: Decision<DomainEvent>,
    trace: Trace,
    now: Instant,
    options: CommitOptions,
  ): StoredEvent[] {
    const { cache } = this
    const { stored, state, changes, pending } = this.#consequences(id, decision.events, trace, now)
    if (options.firedTimer !== undefined && !changes.has(options.firedTimer))
      changes.set(options.firedTimer, null)
    const timers = changed(cache.timers, changes)
    const record = options.command ? { ...options.command, refusal: decision.refusal ?? null } : null
    if (stored.length === 0 && !record && timers === cache.timers) return stored
    const shard = cache.id === null ? this.#initialShard({ kind: this.aggregate.kind, id }) : cache.shard
    const last = cache.version + stored.length
    let erased: ReturnType<typeof erasePersonalData> | null = null
    this.#transact(() => {
      if (cache.id === null || timers !== cache.timers) this.#saveHead({ ...cache, id, shard, timers })
      if (isSome(stored)) this.log.append(stored, record)
      else if (record) this.log.appendEmpty(record, last, now)
      if (erases(this.aggregate, decision.events)) erased = erasePersonalData(this.aggregate, this.log, id)
    })
    cache.shard = shard
    cache.id = id
    cache.state = state
    cache.version = last
    cache.timers = timers
    if (stored.length > 0) {
      if (cache.createdAt === '') cache.createdAt = now
      cache.updatedAt = now
    }
    for (const effect of pending) cache.pending.set(effect.id, effect)
    if (erased) forgetPersonalData(cache, erased)
    return stored
  }

  /** The aggregate now; `null` where there is none. */
  view(): AggregateView<State> | null {
    const { id, version, state, createdAt, updatedAt } = this.cache
    return id === null || state === null
      ? null
      : { id, version, state: this.#abridged(state), createdAt, updatedAt }
  }

  /** The aggregate as it was at a version; `null` for a version that does not exist. */
  viewAt(version: number): AggregateView<State> | null {
    const { id, version: present } = this.cache
    if (id === null || version < 1 || version > present) return null
    if (version === present) return this.view()
    const { state, createdAt, updatedAt } = rehydrateAt(this.aggregate, this.log, version)
    return state === null ? null : { id, version, state: this.#abridged(state), createdAt, updatedAt }
  }

  /** The aggregate as a dry run's events would leave it. */
  preview(id: string, events: readonly DomainEvent[], now: Instant): AggregateView<State> | null {
    const { cache, aggregate } = this
    let { state } = cache
    for (const event of events) state = aggregate.evolve(state, event, now)
    if (state === null) return null
    const version = cache.version + events.length
    return { id, version, state: this.#abridged(state), createdAt: cache.createdAt || now, updatedAt: now }
  }

  /** The newest version up to which every effect has happened, or is on record for a retry. */
  reactedUpTo(): number {
    const { pending, failed, version } = this.cache
    const open = [...pending.values()].filter((effect) => !failed.has(effect.id))
    return Math.min(version, ...open.map((effect) => effect.version - 1))
  }

  postponeTimer(timer: Timer): void {
    this.#update({ timers: new Map(this.cache.timers).set(timer.id, timer) })
  }

  /** Makes a failed effect pending again. */
  resumeEffect(effect: PendingEffect): void {
    this.cache.pending.set(effect.id, effect)
  }

  /** Stores an effect that failed; it is no longer pending. */
  recordFailure(failed: FailedEffect): void {
    this.updateFailure(failed)
    this.cache.pending.delete(failed.id)
  }

  updateFailure(failed: FailedEffect): void {
    this.log.saveFailedEffect(failed)
    this.cache.failed.set(failed.id, failed)
  }

  recordSuccess(effectId: string): void {
    if (this.cache.failed.delete(effectId)) this.log.removeFailedEffect(effectId)
    this.cache.pending.delete(effectId)
  }

  /** Moves cursors in memory; `saveCursors` stores them. */
  moveCursors(cursors: Partial<Omit<Cursors, 'reacted'>>): void {
    this.cache.cursors = { ...this.cache.cursors, ...cursors }
    this.#isUnsaved = true
  }

  /** Stores the shard of a stream that an earlier release created without one. */
  saveShard(shard: number): void {
    this.#update({ shard })
  }

  /** Whether cursors are further than they are stored. */
  get hasMoved(): boolean {
    return this.#isUnsaved || this.cache.cursors.reacted !== this.reactedUpTo()
  }

  saveCursors(): void {
    this.#update({ cursors: { ...this.cache.cursors, reacted: this.reactedUpTo() } })
  }

  /** Records with which version a waiting caller was answered. */
  recordAnswer(commandId: string): void {
    this.#transact(() => this.log.recordAnswer(commandId, this.cache.version))
  }

  /** Stores the cursors if they have moved, takes a snapshot when one is due, prunes old records of commands. */
  compact(now: Instant): void {
    const { cache } = this
    const { state, version, pending, createdAt, updatedAt } = cache
    // What was sent is not sent again by the next life, and an effect that ended does not start again.
    if (this.hasMoved) this.saveCursors()
    // Only with nothing pending: a pending effect is derived again from the state right after its event.
    if (state !== null && version - cache.snapshotVersion >= SNAPSHOT_EVERY_EVENTS && pending.size === 0) {
      const text = JSON.stringify(state)
      if (new TextEncoder().encode(text).byteLength <= MAX_SNAPSHOT_BYTES) {
        const { stateVersion } = this.aggregate
        this.log.saveSnapshot({ version, stateVersion, state: text, createdAt, updatedAt })
      }
      cache.snapshotVersion = version
      this.log.indexCommands()
    }
    if (Date.now() - this.#prunedAt < DAY) return
    // One slice at a time: a hot SKU gets more commands in a day than one slice holds.
    if (this.log.pruneCommandsBefore(plus(now, -COMMAND_RETENTION_MS)) === 0) this.#prunedAt = Date.now()
  }

  #abridged(state: State): State {
    return this.aggregate.abridged?.(state) ?? state
  }

  #consequences(id: string, events: readonly DomainEvent[], trace: Trace, now: Instant) {
    let { state, version } = this.cache
    const stored: StoredEvent[] = []
    const changes = new Map<string, Timer | null>()
    const pending: PendingEffect[] = []
    for (const event of events) {
      version += 1
      state = this.aggregate.evolve(state, event, now)
      const record = { version, type: event.type, data: event.data, time: now, trace }
      stored.push(record)
      const effects = this.aggregate.react(event, state, now, id)
      for (const effect of effects) {
        if (effect.type === 'timer')
          changes.set(effect.id, this.#timerOf(effect, eventId(this.aggregate.kind, id, version)))
        if (effect.type === 'cancelTimer') changes.set(effect.id, null)
      }
      pending.push(...effectsOf(this.aggregate.kind, effects, record, id))
    }
    return { stored, state, changes, pending }
  }

  /**
   * The timer that an event sets. An unchanged one keeps its first cause and writes no row: each event of a hot
   * SKU sets its next expiry again.
   */
  #timerOf({ id, at, command }: Omit<Timer, 'cause'>, cause: string): Timer {
    const present = this.cache.timers.get(id)
    const stays = present?.at === at && JSON.stringify(present.command) === JSON.stringify(command)
    return stays ? present : { id, at, command, cause }
  }

  /** Stores what has changed of the head, and then has it in memory. */
  #update(changes: Partial<Pick<StateCache<State>, 'shard' | 'cursors' | 'timers'>>): void {
    const { cache } = this
    const { id, ...next } = { ...cache, ...changes }
    if (id === null) throw new Error('an aggregate without events has nothing to store')
    this.#transact(() => this.#saveHead({ ...next, id }))
    Object.assign(cache, changes)
  }

  #saveHead({
    id,
    shard,
    cursors,
    timers,
  }: Pick<StateCache<State>, 'shard' | 'cursors' | 'timers'> & { id: string }) {
    this.log.saveHead({ kind: this.aggregate.kind, id, shard, cursors, timers: [...timers.values()] })
    this.#isUnsaved = false
  }

  #transact(work: () => void): void {
    try {
      this.#storage.transactionSync(work)
    } catch (fault) {
      // The tables that were rolled back are not there any more. The cache changes only after its transaction.
      this.#log = null
      throw fault
    }
  }
}

/** The timers after some were set or removed; the same map where that changes nothing. */
function changed(
  timers: ReadonlyMap<string, Timer>,
  changes: ReadonlyMap<string, Timer | null>,
): ReadonlyMap<string, Timer> {
  const next = new Map(timers)
  for (const [id, timer] of changes)
    if (timer) next.set(id, timer)
    else next.delete(id)
  const isSame = next.size === timers.size && [...next].every(([id, timer]) => timers.get(id) === timer)
  return isSame ? timers : next
}

function isSome<Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] {
  return items.length > 0
}
