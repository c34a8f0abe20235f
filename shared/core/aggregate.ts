import { z } from 'zod'
import type { Effect } from './effect.ts'
import type { ShopCurrencies } from './money/exchange.ts'
import type { Decision, RefusalCatalog } from './refusal.ts'
import type { Instant } from './time.ts'

/** A command or an event is told from others by its `type`. */
export interface Typed {
  readonly type: string
}

/** An event has its facts under `data`, as they go on the wire. */
export interface DomainEvent extends Typed {
  readonly data: object
}

/** One-time secrets that a decision may hand out: derived from the server's key, so never stored in clear. */
export interface OneTimeSecrets {
  /** An unguessable text of 43 URL-safe characters that always belongs to this aggregate and label. */
  token(label: string): string
  /** Six decimal digits that always belong to this aggregate and label. */
  digits(label: string): string
  /** What is stored of a secret: a keyed hash, bound to this aggregate. */
  hash(secret: string): string
}

/** All that a decision may know besides its command and state. Nothing in a decision reads a clock. */
export interface DecisionContext {
  /** The aggregate's own id. */
  readonly id: string
  /** The time of the decision, which becomes the time of its events. */
  readonly now: Instant
  /** The version that the first event of this decision will have. */
  readonly nextVersion: number
  /** A new id for something that this decision brings into being. */
  newId(prefix: string): string
  readonly secrets: OneTimeSecrets
  /** The shop's base currency and the rates that it declares. */
  readonly currencies: ShopCurrencies
}

/** Turns the data of an event stored with one schema version into that of the next. */
export type Upcaster = (data: unknown) => unknown

/** How a kind of aggregate keeps personal data out of sinks, and removes it for good. */
export interface PersonalData<Event extends DomainEvent> {
  /**
   * The event without what tells of a person; ids, amounts and times stay, and so does its schema.
   * In this form events are published, and in this form the log keeps them after an erasure.
   */
  without(event: Event): Event
  /** With an event of these types the whole log is rewritten: nothing personal is left in it. */
  readonly erasedBy: readonly Event['type'][]
}

/** A union of commands or events whose types can be listed: one option for each type. */
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
 * One kind of aggregate as a value: everything that the generic object needs to run it. All functions
 * are pure. `State` is what exists after the first event; before it, the state is `null`.
 */
export interface Aggregate<State, Command extends Typed = Typed, Event extends DomainEvent = DomainEvent> {
  /** The kind's name, the same in code, in addresses and in wrangler.toml's binding (upper case). */
  readonly kind: string
  /** The bounded context; the first part of the CloudEvents type (`order.OrderCreated`). */
  readonly context: string
  /** What its generated ids start with, three letters; missing where something else names it (a SKU, a code). */
  readonly idPrefix?: string
  readonly command: TypedUnion<Command>
  readonly event: TypedUnion<Event, { readonly data: z.ZodType }>
  /** Every refusal that its decisions can give. */
  readonly refusals: RefusalCatalog
  readonly state: z.ZodType<State>
  /** Raised when `State` or `evolve` changes: older snapshots are then left unread and the log is folded. */
  readonly stateVersion: number
  evolve(state: State | null, event: Event, at: Instant): State
  decide(command: Command, state: State | null, context: DecisionContext): Decision<Event>
  /** What this event causes, given the state right after it and the time of the event. */
  react(event: Event, state: State, at: Instant, id: string): readonly Effect[]
  /** Events that tell of something gone wrong, published under the category `error`. */
  readonly errorEvents?: readonly Event['type'][]
  /** By event type, the steps from schema version 1 to 2, 2 to 3, …; the newest version is their count + 1. */
  readonly upcasters?: Partial<Record<Event['type'], readonly Upcaster[]>>
  /** For kinds whose events tell something of a person. */
  readonly personalData?: PersonalData<Event>
  /** The state as readers get it, where the whole is too large to hand out with each answer; missing: whole. */
  abridged?(state: State): State
  /** Whether a caller who asked to wait may be answered now; missing: always. */
  settled?(state: State): boolean
  /** How the aggregate stands in lists, as JSON; missing: it stands in none. */
  listing?(state: State, about: ListingFacts): object
}

/** What an object knows of its aggregate beside the state; times are UTC. */
export interface ListingFacts {
  readonly id: string
  readonly version: number
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** A kind of aggregate whatever its types, for what treats all kinds alike. */
export type AnyAggregate = Aggregate<unknown>

/** The names of a union's types, in the order in which they are declared. */
export function typesOf({ options }: Pick<TypedUnion<Typed>, 'options'>): string[] {
  return options.map(({ shape }) => shape.type.value)
}

/** The version of its schema in which an event of this type is stored and published today. */
export function schemaVersion({ upcasters }: Pick<AnyAggregate, 'upcasters'>, type: string): number {
  return (upcasters?.[type]?.length ?? 0) + 1
}

/** The command of a context with this type. */
export type CommandOf<Command extends Typed, Type extends Command['type']> = Extract<Command, { type: Type }>
