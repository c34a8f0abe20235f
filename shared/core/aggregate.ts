import { z } from 'zod'
import type { Effect } from './effect.ts'
import type { ShopCurrencies } from './money/exchange.ts'
import type { Decision, RefusalCatalog } from './refusal.ts'
import type { Instant } from './time.ts'

/** A command or an event, identified by its `type`. */
export interface Typed {
  readonly type: string
}

export interface DomainEvent extends Typed {
  readonly data: object
}

/** One-time secrets of a decision: derived from the server's key, so never stored in clear. */
export interface OneTimeSecrets {
  /** An unguessable text of 43 URL-safe characters, always the same for this aggregate and label. */
  token(label: string): string
  /** Six decimal digits, always the same for this aggregate and label. */
  digits(label: string): string
  /** The stored form of a secret: a keyed hash, bound to this aggregate. */
  hash(secret: string): string
}

/** The input of a decision besides its command and state. A decision reads no clock. */
export interface DecisionContext {
  /** The aggregate's own id. */
  readonly id: string
  /** The time of the decision, which becomes the time of its events. */
  readonly now: Instant
  /** The version that the first event of this decision will have. */
  readonly nextVersion: number
  /** A new id for something that this decision creates. */
  newId(prefix: string): string
  readonly secrets: OneTimeSecrets
  readonly currencies: ShopCurrencies
}

/** Turns the data of an event stored with one schema version into that of the next. */
export type Upcaster = (data: unknown) => unknown

/** How a kind of aggregate keeps personal data out of sinks, and erases it. */
export interface PersonalData<Event extends DomainEvent> {
  /**
   * The event without personal data; ids, amounts, times and its schema stay. Events are published in this form,
   * and the log holds them in this form after an erasure.
   */
  without(event: Event): Event
  /** Events of these types rewrite the whole log without personal data. */
  readonly erasedBy: readonly Event['type'][]
}

/** A union of commands or events with one option for each type. */
type TypedUnion<Member extends Typed, Shape = object> = z.ZodType<Member> & {
  readonly options: readonly { readonly shape: { readonly type: { readonly value: string } } & Shape }[]
}

/** Schema of one event type: `{type, data}`. A context's events are a discriminated union of these. */
export function event<Name extends string, Data extends z.ZodObject>(name: Name, data: Data) {
  return z.object({ type: z.literal(name), data })
}

/** Schema of one command type: its own fields beside `type`; unknown fields are refused. */
export function command<Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) {
  return z.strictObject({ type: z.literal(name), ...fields })
}

/**
 * One kind of aggregate: everything that the generic object needs to run it. All functions
 * are pure. `State` is what exists after the first event; before it, the state is `null`.
 */
export interface Aggregate<State, Command extends Typed = Typed, Event extends DomainEvent = DomainEvent> {
  /** The kind's name, the same in code, in addresses and in wrangler.toml's binding (upper case). */
  readonly kind: string
  /** The bounded context; the first part of the CloudEvents type (`order.OrderCreated`). */
  readonly context: string
  /** The prefix of its generated ids, three letters; missing if it has another identifier (a SKU, a code). */
  readonly idPrefix?: string
  readonly command: TypedUnion<Command>
  readonly event: TypedUnion<Event, { readonly data: z.ZodType }>
  readonly refusals: RefusalCatalog
  readonly state: z.ZodType<State>
  /** Raised when `State` or `evolve` changes: older snapshots are then ignored and the log is folded. */
  readonly stateVersion: number
  evolve(state: State | null, event: Event, at: Instant): State
  decide(command: Command, state: State | null, context: DecisionContext): Decision<Event>
  /** The effects of an event, given the state right after it and the time of the event. */
  react(event: Event, state: State, at: Instant, id: string): readonly Effect[]
  /** Events that report a fault, published under the category `error`. */
  readonly errorEvents?: readonly Event['type'][]
  /** By event type, the steps from schema version 1 to 2, 2 to 3, …; the newest version is their count + 1. */
  readonly upcasters?: Partial<Record<Event['type'], readonly Upcaster[]>>
  /** For kinds whose events hold personal data. */
  readonly personalData?: PersonalData<Event>
  /** The state for readers, if the whole state is too large for every answer; missing: whole. */
  abridged?(state: State): State
  /** Whether a waiting caller may be answered now; missing: always. */
  settled?(state: State): boolean
  /** The aggregate's row in lists, as JSON; missing: it has none. */
  listing?(state: State, about: ListingFacts): object
}

/** The object's facts about its aggregate beside the state; times are UTC. */
export interface ListingFacts {
  readonly id: string
  readonly version: number
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** A kind of aggregate of any types, for code that treats all kinds alike. */
export type AnyAggregate = Aggregate<unknown>

/** The names of a union's types, in the order in which they are declared. */
export function typesOf({ options }: Pick<TypedUnion<Typed>, 'options'>): string[] {
  return options.map(({ shape }) => shape.type.value)
}

/** The present schema version of an event type. */
export function schemaVersion({ upcasters }: Pick<AnyAggregate, 'upcasters'>, type: string): number {
  return (upcasters?.[type]?.length ?? 0) + 1
}

export type CommandOf<Command extends Typed, Type extends Command['type']> = Extract<Command, { type: Type }>
