import { expect } from 'vitest'
import type { Aggregate, DecisionContext, DomainEvent, OneTimeSecrets, Typed } from './aggregate.ts'
import type { Effect } from './effect.ts'
import type { Decision } from './refusal.ts'
import type { Instant } from './time.ts'

/** The time of specifications that name no other. */
export const NOW: Instant = '2026-03-01T12:00:00.000Z'

/** One-time secrets that a reader of a test can follow: `token(a)`, `digits(a)`, `hash(x)`. */
const readableSecrets: OneTimeSecrets = {
  token: (label) => `token(${label})`,
  digits: (label) =>
    String([...label].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000).padStart(
      6,
      '0',
    ),
  hash: (secret) => `hash(${secret})`,
}

/** A decision's surroundings in a specification: fixed time, and ids that count up (`pay_…-000000000001`). */
export function specificationContext(overrides: Partial<DecisionContext> = {}): DecisionContext {
  let made = 0
  return {
    id: 'spec',
    now: NOW,
    nextVersion: 1,
    newId: (prefix) => {
      made += 1
      return `${prefix}_00000000-0000-7000-8000-${String(made).padStart(12, '0')}`
    },
    secrets: readableSecrets,
    currencies: { base: 'USD', rates: {} },
    ...overrides,
  }
}

/**
 * Given/when/then for one kind of aggregate:
 *
 * ```ts
 * const spec = specification(product)
 * spec.given(created).when({ type: 'DiscontinueProduct' }).then(discontinued)
 * spec.given(created).when(create).thenRefused('product_exists')
 * ```
 *
 * Commands and events go through the aggregate's own schemas, so a specification cannot use a shape
 * that the object would not accept.
 */
export function specification<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  overrides: Partial<DecisionContext> = {},
) {
  /** Folds events; a pair puts an event at a time of its own. */
  function fold(history: readonly Happened<Event>[]): State | null {
    return history.reduce<State | null>((state, happened) => {
      const [event, at] = Array.isArray(happened) ? happened : [happened, NOW]
      return aggregate.evolve(state, aggregate.event.parse(event), at)
    }, null)
  }

  function given(...history: readonly Happened<Event>[]) {
    const state = fold(history)
    return {
      state,
      when(command: Command, context: Partial<DecisionContext> = {}) {
        const decision = aggregate.decide(
          aggregate.command.parse(command),
          state,
          specificationContext({ nextVersion: history.length + 1, ...overrides, ...context }),
        )
        return outcome(decision, state, context.now ?? NOW)
      },
    }
  }

  function outcome(decision: Decision<Event>, before: State | null, at: Instant) {
    let after = before
    const effects: Effect[] = []
    for (const event of decision.events) {
      after = aggregate.evolve(after, aggregate.event.parse(event), at)
      aggregate.state.parse(after)
      effects.push(...aggregate.react(event, after, at, overrides.id ?? 'spec'))
    }
    return {
      decision,
      /** The state after the decision. */
      state: after,
      /** What the new events cause. */
      effects,
      /** Exactly these events, and no refusal. */
      // biome-ignore lint/suspicious/noThenProperty: given/when/then is the form's name; it is never awaited
      then(...expected: readonly Event[]) {
        expect(decision).toEqual({ events: expected })
        return this
      },
      /** Events of exactly these types, and no refusal. */
      thenTypes(...types: readonly Event['type'][]) {
        expect(decision.refusal).toBeUndefined()
        expect(decision.events.map((event) => event.type)).toEqual(types)
        return this
      },
      /** A refusal with this code; `events` are those that record the try. */
      thenRefused(code: string, ...events: readonly Event[]) {
        expect(decision.refusal?.code).toBe(code)
        expect(decision.events).toEqual(events)
        return this
      },
    }
  }

  return { given, fold }
}

type Happened<Event> = Event | readonly [Event, Instant]
