import { globSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

const unionSchema = z.object({
  options: z.array(
    z.custom<{ shape: { type: { value: string } } }>(
      (option) => typeof option === 'object' && option !== null && 'shape' in option,
    ),
  ),
})

const evolveSchema = z.custom<(state: unknown, event: unknown, at: string) => unknown>(
  (value) => typeof value === 'function',
)

const aggregateSchema = z.object({
  kind: z.string(),
  context: z.string(),
  event: unionSchema,
  command: unionSchema,
  errorEvents: z.array(z.string()).optional(),
  upcasters: z.record(z.string(), z.array(z.unknown())).optional(),
  evolve: evolveSchema,
})

/** What the generated pages need to know of one kind of aggregate. */
export interface DocumentedAggregate {
  readonly kind: string
  readonly context: string
  readonly events: readonly string[]
  readonly commands: readonly string[]
  readonly errorEvents: readonly string[]
  /** The newest schema version of an event type. */
  versionOf(event: string): number
  evolve(state: unknown, event: unknown, at: string): unknown
}

/** Every kind of aggregate there is, found where each stands: `shared/<context>/…aggregate.ts`. */
export async function loadAggregates(top: string): Promise<DocumentedAggregate[]> {
  const files = globSync('shared/*/*aggregate.ts', { cwd: top }).filter(
    (file) => !file.replaceAll('\\', '/').startsWith('shared/core/'),
  )
  const found: DocumentedAggregate[] = []
  for (const file of files.sort()) {
    const exported: unknown = await import(pathToFileURL(`${top}/${file}`).href)
    for (const value of Object.values(z.record(z.string(), z.unknown()).parse({ ...Object(exported) }))) {
      const aggregate = aggregateSchema.safeParse(value)
      if (aggregate.success) found.push(documented(aggregate.data))
    }
  }
  return found
}

function documented(aggregate: z.infer<typeof aggregateSchema>): DocumentedAggregate {
  const { kind, context, event, command, errorEvents = [], upcasters = {}, evolve } = aggregate
  return {
    kind,
    context,
    events: event.options.map(({ shape }) => shape.type.value),
    commands: command.options.map(({ shape }) => shape.type.value),
    errorEvents,
    versionOf: (name) => (upcasters[name]?.length ?? 0) + 1,
    evolve,
  }
}
