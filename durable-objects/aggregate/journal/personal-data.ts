import type { Aggregate, DomainEvent, Typed } from '../../../shared/core/aggregate.ts'
import type { AsynchronousEffect } from '../../../shared/core/effect.ts'
import type { PendingEffect } from '../effects/effects.ts'
import type { EventLog } from './event-log.ts'
import { effectsOf, type StateCache } from './rehydration.ts'
import type { StoredEvent } from './stored-rows.ts'

/** How many events are rewritten at a time, so that a long log never stands in memory whole. */
const EVENTS_PER_PAGE = 500

/** An event as sinks get it: they keep what they have for ever, so nothing personal may reach them. */
export function withoutPersonalData<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  stored: StoredEvent,
): StoredEvent {
  const { personalData } = aggregate
  if (!personalData) return stored
  const event = aggregate.event.parse({ type: stored.type, data: stored.data })
  return { ...stored, data: personalData.without(event).data }
}

/** Whether one of these events ends the time for which personal data may be kept. */
export function erases<State, Command extends Typed, Event extends DomainEvent>(
  { personalData }: Aggregate<State, Command, Event>,
  events: readonly Event[],
): boolean {
  return personalData !== undefined && events.some(({ type }) => personalData.erasedBy.includes(type))
}

/**
 * Takes personal data out of everything that an aggregate's storage holds: events, the snapshot, and
 * effects that wait for another try. Runs inside the transaction that commits the erasing event, so
 * that there is never an erased aggregate whose log still holds personal data.
 *
 * Returns the aggregate's effects as they are now, by id, for whoever holds an earlier form of one.
 */
export function erasePersonalData<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  log: EventLog,
  id: string,
): ReadonlyMap<string, AsynchronousEffect> {
  const effects = new Map<string, AsynchronousEffect>()
  let state: State | null = null
  let version = 0
  for (;;) {
    const page = log.eventsAfter(version, EVENTS_PER_PAGE)
    for (const stored of page) {
      const { data } = withoutPersonalData(aggregate, stored)
      log.rewrite({ ...stored, data })
      const event = aggregate.event.parse({ type: stored.type, data })
      state = aggregate.evolve(state, event, stored.time)
      version = stored.version
      // An effect is derived from its event: without personal data in one there is none in the other.
      const caused = aggregate.react(event, state, stored.time, id)
      for (const { id: effectId, effect } of effectsOf(aggregate.kind, caused, stored, id))
        effects.set(effectId, effect)
    }
    if (page.length < EVENTS_PER_PAGE) break
  }
  for (const failed of log.failedEffects()) log.saveFailedEffect(inErasedForm(failed, effects))
  log.removeSnapshot()
  return effects
}

/** Does for the cached state what `erasePersonalData` did for the storage. */
export function forgetPersonalData<State>(
  memory: StateCache<State>,
  effects: ReadonlyMap<string, AsynchronousEffect>,
): void {
  memory.snapshotVersion = 0
  for (const failed of memory.failed.values()) memory.failed.set(failed.id, inErasedForm(failed, effects))
  for (const pending of memory.pending.values())
    memory.pending.set(pending.id, inErasedForm(pending, effects))
}

/** An effect with what its event causes now in place of what it caused before the erasure. */
function inErasedForm<Pending extends PendingEffect>(
  pending: Pending,
  effects: ReadonlyMap<string, AsynchronousEffect>,
): Pending {
  const effect = effects.get(pending.id)
  return effect ? { ...pending, effect } : pending
}
