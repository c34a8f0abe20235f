import type { z } from 'zod'
import {
  type EventForm,
  type StoredCommand,
  storedLog,
} from '../../durable-objects/aggregate/journal/stored-log.fixture.ts'
import {
  type Cursors,
  type FailedEffect,
  failedEffectSchema,
  type Head,
  snapshotSchema,
} from '../../durable-objects/aggregate/journal/stored-rows.ts'
import type { Aggregate, AnyAggregate, DomainEvent, Typed } from '../../shared/core/aggregate.ts'
import type { Trace } from '../../shared/core/cloud-event.ts'
import { faultText } from '../../shared/core/text/text.ts'
import type { Instant } from '../../shared/core/time.ts'
import { registry } from '../../shared/registry.ts'
import type { Inspection, StoredObject } from '../world.ts'

/** One event of a log, in its newest form, and the state right after it. */
export interface Entry<State = unknown, Event extends DomainEvent = DomainEvent> {
  readonly version: number
  readonly event: Event
  readonly time: Instant
  readonly trace: Trace
  readonly state: State
}

/** One aggregate as its object stores it, read and folded by the product's own rules. */
export interface Stream<State = unknown, Event extends DomainEvent = DomainEvent> {
  /** `order/ord_…` */
  readonly name: string
  readonly aggregate: AnyAggregate
  /** The name that the object is addressed by. */
  readonly id: string
  readonly object: StoredObject
  /** What the object has recorded about itself. */
  readonly identity: Pick<Head, 'kind' | 'id'> & Cursors
  /** Events as they are stored, whether they can be read or not. */
  readonly forms: readonly EventForm[]
  /** Up to the first event that cannot be read or folded. */
  readonly entries: readonly Entry<State, Event>[]
  /** Why that event cannot be read or folded. */
  readonly fault: string | null
  readonly commands: readonly StoredCommand[]
  readonly timers: Head['timers']
  readonly failedEffects: readonly FailedEffect[]
  readonly snapshot: Readonly<z.output<typeof snapshotSchema>> | null
}

type StreamsOf<Kind> =
  Kind extends Aggregate<infer State, infer _, infer Event>
    ? ReadonlyMap<string, Stream<State, Event>>
    : never
/** The aggregates of each kind, by id. */
export type Streams = { readonly [Kind in keyof typeof registry]: StreamsOf<(typeof registry)[Kind]> }

const cache = new WeakMap<Inspection, Streams>()

/** Every aggregate of an inspection; read once, used by all invariants. */
export function streamsOf(inspection: Inspection): Streams {
  const known = cache.get(inspection)
  if (known) return known
  const byClass = Map.groupBy(inspection.objects, ({ className }) => className)
  const read = <State, Command extends Typed, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
  ) => {
    const objects = byClass.get(classOf(aggregate.kind)) ?? []
    const streams = objects.flatMap((object) => streamIn(aggregate, object) ?? [])
    return new Map(streams.map((stream) => [stream.id, stream]))
  }
  const streams: Streams = {
    product: read(registry.product),
    cart: read(registry.cart),
    customer: read(registry.customer),
    email_address: read(registry.email_address),
    delivery: read(registry.delivery),
    inventory: read(registry.inventory),
    customer_profile: read(registry.customer_profile),
    order: read(registry.order),
    payment: read(registry.payment),
    promotion: read(registry.promotion),
    review: read(registry.review),
  }
  cache.set(inspection, streams)
  return streams
}

/** The aggregates of all kinds. */
export function everyStream(inspection: Inspection): Stream[] {
  const all: Stream[] = []
  for (const streams of Object.values(streamsOf(inspection))) all.push(...streams.values())
  return all
}

/** The aggregate of a kind and id; `undefined` where there is none. */
export function streamOf(inspection: Inspection, kind: string, id: string): Stream | undefined {
  return Object.entries(streamsOf(inspection))
    .find(([name]) => name === kind)?.[1]
    .get(id)
}

/** The newest state. An aggregate whose log cannot be read has the last one that could be. */
export function stateOf<State>({ entries }: Pick<Stream<State>, 'entries'>): State | null {
  return entries.at(-1)?.state ?? null
}

export function versionOf({ forms }: Pick<Stream, 'forms'>): number {
  return forms.at(-1)?.version ?? 0
}

/** `customer_profile` → `CustomerProfileObject` */
function classOf(kind: string): string {
  const words = kind.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  return `${words.join('')}Object`
}

function streamIn<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  object: StoredObject,
): Stream<State, Event> | null {
  // Tables appear with their first row; most objects have few of them.
  const tables = new Set(
    object.rows(`SELECT name FROM sqlite_master WHERE type = 'table'`).map(({ name }) => String(name)),
  )
  const rowsIn = (table: string, columns = '*', order = '') =>
    tables.has(table) ? object.rows(`SELECT ${columns} FROM ${table} ${order}`) : []
  const log = tables.has('log') ? storedLog((query) => object.rows(query)) : null
  if (!log) return null
  const { head, events, commands } = log
  const snapshots = rowsIn(
    'snapshot',
    'version, state_version AS stateVersion, state, created_at AS createdAt, updated_at AS updatedAt',
  ).map((row) => snapshotSchema.parse(row))
  return {
    name: `${aggregate.kind}/${object.name}`,
    aggregate,
    id: object.name,
    object,
    identity: { kind: head.kind, id: head.id, ...head.cursors },
    forms: events,
    ...folded(aggregate, events),
    commands,
    timers: head.timers,
    failedEffects: rowsIn('effects', '*, next_at AS nextAt').map((row) => failedEffectSchema.parse(row)),
    snapshot: snapshots[0] ?? null,
  }
}

function folded<State, Command extends Typed, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event>,
  forms: readonly EventForm[],
): Pick<Stream<State, Event>, 'entries' | 'fault'> {
  const entries: Entry<State, Event>[] = []
  let state: State | null = null
  for (const { version, type, schema, time, trace, data: stored } of forms) {
    const steps = Object.entries(aggregate.upcasters ?? {}).find(([name]) => name === type)?.[1]
    try {
      const upcasters = Array.isArray(steps) ? steps : []
      const data = upcasters.slice(schema - 1).reduce((older, upcast) => upcast(older), stored)
      const event = aggregate.event.parse({ type, data })
      state = aggregate.evolve(state, event, time)
      entries.push({ version, event, time, trace, state })
    } catch (fault) {
      return { entries, fault: `version ${version} (${type}, schema ${schema}): ${faultText(fault)}` }
    }
  }
  return { entries, fault: null }
}
