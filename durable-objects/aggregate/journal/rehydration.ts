import type { Aggregate, DomainEvent } from '../../../shared/core/aggregate.ts'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import type { Effect, Timer } from '../../../shared/core/effect.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { eventId } from '../../../shared/stream-names.ts'
import type { PendingEffect } from '../effects/effects.ts'
import type { EventLog } from './event-log.ts'
import type { Cursors, FailedEffect, StoredEvent } from './stored-rows.ts'

/** The result of folding events. Times are empty before the first. */
interface Folded<State> {
  state: State | null
  version: number
  createdAt: Instant
  updatedAt: Instant
}

/** An aggregate object's state in memory, folded from its tables. Rebuilt at every cold start. Only `Journal` changes it. */
export interface StateCache<State> extends Folded<State> {
  /** `null` until the first commit. */
  id: string | null
  /** The number of its forwarder; `null` until it is chosen. */
  shard: number | null
  snapshotVersion: number
  cursors: Cursors
  timers: ReadonlyMap<string, Timer>
  readonly failed: Map<string, FailedEffect>
  /** Effects of committed events that have not happened yet, by id. */
  readonly pending: Map<string, PendingEffect>
}

const nothing = { state: null, version: 0, createdAt: '', updatedAt: '' } as const

/** Reads an aggregate back from its log, starting at the snapshot if this release can read it. */
export function rehydrate<State>(aggregate: Aggregate<State>, log: EventLog): StateCache<State> {
  const head = log.head()
  const cursors = head?.cursors ?? { sent: 0, published: 0, reacted: 0, resends: 0, resendAt: null }
  const failed = new Map(log.failedEffects().map((effect) => [effect.id, effect]))
  const pending = new Map<string, PendingEffect>()
  const start = startingPoint(aggregate, log)
  const folded = fold(aggregate, log, start, undefined, (event, state, stored) => {
    if (stored.version <= cursors.reacted || !head) return
    const effects = aggregate.react(event, state, stored.time, head.id)
    for (const effect of effectsOf(aggregate.kind, effects, stored, head.id)) {
      // One that has its own row, or whose reply is on record, has been dealt with before the crash.
      if (!failed.has(effect.id) && !log.command(effect.id)) pending.set(effect.id, effect)
    }
  })
  return {
    id: head?.id ?? null,
    shard: head?.shard ?? null,
    ...folded,
    snapshotVersion: start.version,
    cursors,
    timers: new Map(head?.timers.map((timer) => [timer.id, timer])),
    failed,
    pending,
  }
}

/** The aggregate as it was at a version, which has to exist. */
export function rehydrateAt<State>(
  aggregate: Aggregate<State>,
  log: EventLog,
  version: number,
): Folded<State> {
  const snapshot = startingPoint(aggregate, log)
  return fold(aggregate, log, snapshot.version <= version ? snapshot : nothing, version)
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

function startingPoint<State>(aggregate: Aggregate<State>, log: EventLog): Folded<State> {
  const snapshot = log.snapshot()
  if (snapshot?.stateVersion !== aggregate.stateVersion) return nothing
  const { stateVersion: _, state: text, ...facts } = snapshot
  const state = aggregate.state.safeParse(JSON.parse(text))
  return state.success ? { state: state.data, ...facts } : nothing
}

function fold<State>(
  aggregate: Aggregate<State>,
  log: EventLog,
  start: Folded<State>,
  upTo: number | undefined,
  visit?: (event: DomainEvent, state: State, stored: StoredEvent) => void,
): Folded<State> {
  let { state, version, createdAt, updatedAt } = start
  for (const stored of log.eventsSince(version, upTo)) {
    const event = aggregate.event.parse({ type: stored.type, data: stored.data })
    state = aggregate.evolve(state, event, stored.time)
    version = stored.version
    createdAt ||= stored.time
    updatedAt = stored.time
    visit?.(event, state, stored)
  }
  return { state, version, createdAt, updatedAt }
}
