import type { Aggregate, DomainEvent, Typed } from '../../../shared/core/aggregate.ts'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import type { Effect, Timer } from '../../../shared/core/effect.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { eventId } from '../../../shared/stream-names.ts'
import type { PendingEffect } from '../effects/effects.ts'
import type { EventLog } from './event-log.ts'
import type { Cursors, FailedEffect, StoredEvent } from './stored-rows.ts'

/** How many events are folded at a time, so that a long log never stands in memory whole. */
const EVENTS_PER_PAGE = 500

/** An aggregate object's state in memory, folded from its tables. Rebuilt at every cold start. Only `Journal` changes it. */
export interface StateCache<State> {
  /** `null` until the first commit. */
  id: string | null
  /** The number of its forwarder; `null` until it is chosen. */
  shard: number | null
  version: number
  state: State | null
  createdAt: Instant
  updatedAt: Instant
  snapshotVersion: number
  cursors: Cursors
  readonly timers: Map<string, Timer>
  readonly failed: Map<string, FailedEffect>
  /** Effects of committed events that have not happened yet, by id. */
  readonly pending: Map<string, PendingEffect>
}

/** What a run of events leads to. */
interface Folded<State> {
  readonly state: State | null
  readonly version: number
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** Reads an aggregate back from its log, beginning at the snapshot if that can still be understood. */
export function rehydrate<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  log: EventLog,
): StateCache<State> {
  const stream = log.stream()
  const cursors = stream?.cursors ?? { sent: 0, published: 0, reacted: 0, resends: 0, resendAt: null }
  const failed = new Map(log.failedEffects().map((effect) => [effect.id, effect]))
  const pending = new Map<string, PendingEffect>()
  const start = startingPoint(aggregate, log)
  const folded = fold(aggregate, log, start, Number.MAX_SAFE_INTEGER, (event, state, stored) => {
    if (stored.version <= cursors.reacted || !stream) return
    const effects = aggregate.react(event, state, stored.time, stream.id)
    for (const effect of effectsOf(aggregate.kind, effects, stored, stream.id)) {
      // One that has its own row, or whose reply is on record, has been dealt with before the crash.
      if (!failed.has(effect.id) && !log.command(effect.id)) pending.set(effect.id, effect)
    }
  })
  return {
    id: stream?.id ?? null,
    shard: stream?.shard ?? null,
    ...folded,
    snapshotVersion: start.version,
    cursors,
    timers: new Map(log.timers().map((timer) => [timer.id, timer])),
    failed,
    pending,
  }
}

/** The aggregate as it was at a version, which has to be one that there is. */
export function rehydrateAt<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  log: EventLog,
  version: number,
): Folded<State> {
  const snapshot = startingPoint(aggregate, log)
  const start =
    snapshot.version <= version ? snapshot : { state: null, version: 0, createdAt: '', updatedAt: '' }
  return fold(aggregate, log, start, version, () => {})
}

/** Those effects of one event that reach out of the object, with their ids. */
export function effectsOf(
  kind: string,
  effects: readonly Effect[],
  stored: { version: number; trace: Trace },
  id: string,
): PendingEffect[] {
  const causationId = eventId(kind, id, stored.version)
  const trace = { ...stored.trace, causationId }
  return effects.flatMap((effect, index) =>
    effect.type === 'timer' || effect.type === 'cancelTimer'
      ? []
      : [{ id: `${causationId}#${index}`, version: stored.version, effect, trace, attempts: 0 }],
  )
}

function startingPoint<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  log: EventLog,
): Folded<State> {
  const snapshot = log.snapshot()
  const readable =
    snapshot?.stateVersion === aggregate.stateVersion
      ? aggregate.state.safeParse(JSON.parse(snapshot.state))
      : undefined
  return snapshot && readable?.success
    ? {
        state: readable.data,
        version: snapshot.version,
        createdAt: snapshot.createdAt,
        updatedAt: snapshot.updatedAt,
      }
    : { state: null, version: 0, createdAt: '', updatedAt: '' }
}

function fold<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  log: EventLog,
  start: Folded<State>,
  upTo: number,
  visit: (event: Event, state: State, stored: StoredEvent) => void,
): Folded<State> {
  let { state, version, createdAt, updatedAt } = start
  for (;;) {
    const page = log.eventsAfter(version, EVENTS_PER_PAGE, upTo)
    for (const stored of page) {
      const event = aggregate.event.parse({ type: stored.type, data: stored.data })
      state = aggregate.evolve(state, event, stored.time)
      version = stored.version
      if (version === 1) createdAt = stored.time
      updatedAt = stored.time
      visit(event, state, stored)
    }
    if (page.length < EVENTS_PER_PAGE) return { state, version, createdAt, updatedAt }
  }
}
