import type { DecisionContext, DomainEvent, Typed } from './aggregate.ts'
import type { Effect } from './effect.ts'
import type { Decision } from './refusal.ts'
import type { Instant } from './time.ts'

/** The input of a reaction besides the event's data and the state right after it. */
interface ReactionContext {
  /** The aggregate's own id. */
  readonly id: string
  /** The time of the event. */
  readonly at: Instant
}

type CommandByType<Command extends Typed> = { [C in Command as C['type']]: C }
type DataByType<Event extends DomainEvent> = { [E in Event as E['type']]: E['data'] }

type Decide<State, Commands, Event> = {
  readonly [Type in keyof Commands]?: (
    command: Commands[Type],
    state: State,
    context: DecisionContext,
  ) => Decision<Event>
}
type Evolve<Before, State, Events> = {
  readonly [Type in keyof Events]?: (state: Before, data: Events[Type], at: Instant) => State
}
type React<State, Events> = {
  readonly [Type in keyof Events]?: (
    data: Events[Type],
    state: State,
    context: ReactionContext,
  ) => readonly Effect[]
}

/**
 * One feature of an aggregate: how its events change the state, how its commands are decided and what its events
 * cause, each by type. All functions are pure.
 */
export interface Feature<State, Command extends Typed, Event extends DomainEvent> {
  readonly evolve?: Evolve<State, State, DataByType<Event>>
  readonly decide?: Decide<State, CommandByType<Command>, Event>
  /** An event without an entry causes nothing. */
  readonly react?: React<State, DataByType<Event>>
  /** Events and commands that create the aggregate: before them the state is `null`. */
  readonly creation?: {
    readonly evolve?: Evolve<State | null, State, DataByType<Event>>
    readonly decide?: Decide<State | null, CommandByType<Command>, Event>
  }
}

/** The command and event types that each feature handles. */
type Handled<Features> = {
  [Index in keyof Features]:
    | HandledBy<Features[Index]>
    | (Features[Index] extends { readonly creation: infer Creation } ? HandledBy<Creation> : never)
}
type HandledBy<Part> = KeysOf<Part, 'evolve'> | KeysOf<Part, 'decide'>
type KeysOf<Part, Name extends string> =
  Part extends Readonly<Record<Name, infer Handlers>> ? keyof Handlers : never

type Repeated<Lists, Seen = never> = Lists extends readonly [infer Head, ...infer Rest]
  ? (Head & Seen) | Repeated<Rest, Seen | Head>
  : never

/** No constraint where each type is handled by exactly one feature; otherwise a type that no list of features has. */
type HandledOnce<Types extends string, Lists extends readonly unknown[]> = [
  Exclude<Types, Lists[number]> | Repeated<Lists>,
] extends [never]
  ? unknown
  : { readonly unhandled: Exclude<Types, Lists[number]>; readonly handledTwice: Repeated<Lists> }

/**
 * The functions of an aggregate, combined from its features. It type-checks only if exactly one feature folds each
 * event and decides each command. `missing` answers a command to an aggregate that does not exist.
 */
export function combineFeatures<
  State,
  Command extends Typed,
  Event extends DomainEvent,
  Features extends readonly Feature<State, Command, Event>[],
>(
  features: Features & HandledOnce<Command['type'] | Event['type'], Handled<Features>>,
  missing: (context: DecisionContext) => Decision<never>,
) {
  type Commands = CommandByType<Command>
  type Events = DataByType<Event>
  let firstEvolve: Evolve<State | null, State, Events> = {}
  let firstDecide: Decide<State | null, Commands, Event> = {}
  let evolve: Evolve<State, State, Events> = {}
  let decide: Decide<State, Commands, Event> = {}
  let react: React<State, Events> = {}
  for (const feature of features) {
    firstEvolve = { ...firstEvolve, ...feature.creation?.evolve }
    firstDecide = { ...firstDecide, ...feature.creation?.decide }
    evolve = { ...evolve, ...feature.evolve }
    decide = { ...decide, ...feature.decide }
    react = { ...react, ...feature.react }
  }
  return {
    evolve<Type extends keyof Events & string>(
      state: State | null,
      { type, data }: { readonly type: Type; readonly data: Events[Type] },
      at: Instant,
    ): State {
      const first = firstEvolve[type]
      if (first) return first(state, data, at)
      if (state === null) throw new Error(`${type} cannot be the first event`)
      const next = evolve[type]
      if (!next) throw new Error(`no feature folds ${type}`)
      return next(state, data, at)
    },
    decide<Type extends keyof Commands & string>(
      command: { readonly type: Type } & Commands[Type],
      state: State | null,
      context: DecisionContext,
    ): Decision<Event> {
      const type: Type = command.type
      const first = firstDecide[type]
      if (first) return first(command, state, context)
      if (state === null) return missing(context)
      const next = decide[type]
      if (!next) throw new Error(`no feature decides ${type}`)
      return next(command, state, context)
    },
    react<Type extends keyof Events>(
      { type, data }: { readonly type: Type; readonly data: Events[Type] },
      state: State,
      at: Instant,
      id: string,
    ): readonly Effect[] {
      return react[type]?.(data, state, { id, at }) ?? []
    },
  }
}
