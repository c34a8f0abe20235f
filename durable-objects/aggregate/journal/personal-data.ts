import type { Aggregate, AnyAggregate, DomainEvent } from '../../../shared/core/aggregate.ts'
import type { AsynchronousEffect } from '../../../shared/core/effect.ts'
import type { PendingEffect } from '../effects/effects.ts'
import type { EventLog } from './event-log.ts'
import { effectsOf, type StateCache } from './rehydration.ts'
import type { StoredEvent } from './stored-rows.ts'

/** An event as sinks get it: they store it permanently, so no personal data may reach them. */
export function withoutPersonalData(aggregate: AnyAggregate, stored: StoredEvent): StoredEvent {
  const { personalData } = aggregate
  if (!personalData) return stored
  const event = aggregate.event.parse({ type: stored.type, data: stored.data })
  return { ...stored, data: personalData.without(event).data }
}

/** Whether one of these events ends the retention of personal data. */
export function erases({ personalData }: AnyAggregate, events: readonly DomainEvent[]): boolean {
  return personalData !== undefined && events.some(({ type }) => personalData.erasedBy.includes(type))
}

/**
 * Removes personal data from everything that an aggregate's storage holds: events, the snapshot, and
 * effects that wait for another try. Runs inside the transaction that commits the erasing event: no erased
 * aggregate ever has a log with personal data.
 *
 * Returns the aggregate's effects as they are now, by id, for callers that hold an earlier form of one.
 */
export function erasePersonalData<State>(
  aggregate: Aggregate<State>,
  log: EventLog,
  id: string,
): ReadonlyMap<string, AsynchronousEffect> {
  const effects = new Map<string, AsynchronousEffect>()
  let state: State | null = null
  log.rewrite((stored) => {
    const { data } = withoutPersonalData(aggregate, stored)
    const event = aggregate.event.parse({ type: stored.type, data })
    state = aggregate.evolve(state, event, stored.time)
    // An effect is derived from its event: without personal data in one there is none in the other.
    const caused = aggregate.react(event, state, stored.time, id)
    for (const { id: effectId, effect } of effectsOf(aggregate.kind, caused, stored, id))
      effects.set(effectId, effect)
    return data
  })
  for (const failed of log.failedEffects()) log.saveFailedEffect(inErasedForm(failed, effects))
  log.removeSnapshot()
  return effects
}

/** Does for the cached state what `erasePersonalData` did for the storage. */
export function forgetPersonalData<State>(
  cache: StateCache<State>,
  effects: ReadonlyMap<string, AsynchronousEffect>,
): void {
  cache.snapshotVersion = 0
  for (const failed of cache.failed.values()) cache.failed.set(failed.id, inErasedForm(failed, effects))
  for (const pending of cache.pending.values()) cache.pending.set(pending.id, inErasedForm(pending, effects))
}

/** An effect as its event causes it after the erasure. */
function inErasedForm<Pending extends PendingEffect>(
  pending: Pending,
  effects: ReadonlyMap<string, AsynchronousEffect>,
): Pending {
  const effect = effects.get(pending.id)
  return effect ? { ...pending, effect } : pending
}
