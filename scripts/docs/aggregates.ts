import { type AnyAggregate, schemaVersion, typesOf } from '../../shared/core/aggregate.ts'
import type { Registry } from '../../shared/registry.ts'

/** The data of one kind of aggregate for the generated pages. */
export interface DocumentedAggregate {
  readonly kind: string
  readonly context: string
  readonly events: readonly string[]
  readonly commands: readonly string[]
  readonly errorEvents: readonly string[]
  /** The newest schema version of an event type. */
  versionOf(event: string): number
  evolve: AnyAggregate['evolve']
}

/** Every kind of aggregate of a registry, by context and kind. */
export function documentedAggregates(kinds: Registry): DocumentedAggregate[] {
  return Object.values(kinds)
    .map((aggregate) => ({
      kind: aggregate.kind,
      context: aggregate.context,
      events: typesOf(aggregate.event),
      commands: typesOf(aggregate.command),
      errorEvents: aggregate.errorEvents ?? [],
      versionOf: (event: string) => schemaVersion(aggregate, event),
      evolve: aggregate.evolve,
    }))
    .sort((a, b) => (`${a.context} ${a.kind}` < `${b.context} ${b.kind}` ? -1 : 1))
}
