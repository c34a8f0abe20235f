import type { DocumentedAggregate } from './aggregates.ts'
import {
  contexts,
  drawnEvents,
  messages,
  observability,
  processLinks,
  processNodes,
  timeline,
} from './drawn.ts'
import type { Evidence, Sources } from './sources.ts'
import type { StateDiagram } from './states.ts'
import { contextRelations, type Traced, Tracer } from './traceability.ts'

/** The generated page, and the elements that it lacks. */
export interface Page {
  readonly text: string
  readonly missing: readonly string[]
}

/** Renders the page that traces the event storming to code and tests. */
export function eventStormingPage(
  sources: Sources,
  aggregates: readonly DocumentedAggregate[],
  diagrams: readonly StateDiagram[],
): Page {
  const tracer = new Tracer(sources)
  const sections = [
    '# The event storming in the code',
    'Written by `npx bun run docs` from the code; edits are lost. Each event, command, policy, process node and\nmessage of the event storming stands here with the file that holds it and a test that shows it. Drawn\nones are marked ●; the others were added to make what is drawn work.',
    ...journey(tracer),
    ...processes(tracer),
    ...sequence(tracer),
    ...observed(tracer),
    ...contextMap(sources, aggregates),
    ...aggregates.flatMap((aggregate) => aggregateSection(tracer, aggregate, diagrams)),
    ...policies(tracer, sources),
  ]
  return { text: `${sections.join('\n\n')}\n`, missing: [...new Set(tracer.missing)] }
}

function journey(tracer: Tracer): string[] {
  const rows = timeline.flatMap(({ section, events }) =>
    events.map((type) => [section, ...cells(tracer.event(type))]),
  )
  return ["## The customer's journey", table(['section', 'event', 'file', 'test'], rows)]
}

function processes(tracer: Tracer): string[] {
  const nodes = processNodes.map(({ node, title }) => `  ${node}[${node} ${title}]`)
  const steps = processNodes.flatMap(({ node, process }, index) => {
    const next = processNodes[index + 1]
    return next && (next.process === process || process !== 'Customer Management')
      ? [`  ${node} --> ${next.node}`]
      : []
  })
  const links = processLinks.map(({ from, to, what }) => `  ${from} -. "${what}" .-> ${to}`)
  const rows = [
    ...processNodes.flatMap(({ node, title, is }) =>
      is.map((reference) => [`${node} ${title}`, ...cells(tracer.reference(reference))]),
    ),
    ...processLinks.flatMap(({ from, to, what, is }) =>
      is.map((reference) => [`${from} → ${to}: ${what}`, ...cells(tracer.reference(reference))]),
    ),
  ]
  return [
    '## The processes',
    mermaid(['graph LR', ...nodes, ...steps, ...links]),
    table(['node or link', 'is', 'file', 'test'], rows),
  ]
}

function sequence(tracer: Tracer): string[] {
  const rows = messages.flatMap(({ from, to, message, is }) =>
    is.map((reference) => [`${from} → ${to}`, message, ...cells(tracer.reference(reference))]),
  )
  return ['## The messages between contexts', table(['from and to', 'message', 'is', 'file', 'test'], rows)]
}

function observed(tracer: Tracer): string[] {
  const rows = Object.entries(observability).flatMap(([category, types]) =>
    types.map((type) => [category, ...cells(tracer.event(type))]),
  )
  return ['## Observability', table(['category', 'event', 'file', 'test'], rows)]
}

function contextMap(sources: Sources, aggregates: readonly DocumentedAggregate[]): string[] {
  const names = [...new Set(aggregates.map(({ context }) => context))].sort()
  const edges = contextRelations(sources, aggregates).map(
    ({ from, to, commands }) => `  ${from} -->|${commands.join('<br/>')}| ${to}`,
  )
  return [
    '## The contexts',
    'An arrow is a command that one context sends another, as its process has it.',
    mermaid(['graph LR', ...names.map((name) => `  ${name}([${name}])`), ...edges]),
  ]
}

function aggregateSection(
  tracer: Tracer,
  aggregate: DocumentedAggregate,
  diagrams: readonly StateDiagram[],
): string[] {
  const { context, kind, events, commands, errorEvents } = aggregate
  const drawn = contexts.find((drawnContext) => drawnContext.context === context && kind === context)
  const drawnCommands: readonly string[] = drawn?.commands ?? []
  const eventRows = events.map((name) => {
    const type = `${context}.${name}`
    const category = errorEvents.includes(name) ? 'error' : 'business'
    const mark = drawnEvents.includes(type) ? '●' : ''
    return [mark, ...cells(tracer.event(type)), `v${aggregate.versionOf(name)}`, category]
  })
  const commandRows = commands.map((name) => [
    drawnCommands.includes(name) ? '●' : '',
    ...cells(tracer.command(`${context}.${name}`)),
  ])
  return [
    `## ${kind === context ? context : `${context}: ${kind}`}`,
    ...diagrams
      .filter((diagram) => diagram.kind === kind)
      .flatMap(({ title, lines }) => [`States (${title}):`, mermaid(lines)]),
    table(['', 'event', 'file', 'test', 'version', 'category'], eventRows),
    table(['', 'command', 'file', 'test'], commandRows),
  ]
}

function policies(tracer: Tracer, { code }: Sources): string[] {
  const drawn: readonly string[] = contexts.flatMap((context) => context.policies)
  const all = code.flatMap(({ file, text }) =>
    file.startsWith('shared/')
      ? [...text.matchAll(/^export function (\w+Policy)\b/gm)].map(([, name = '']) => name)
      : [],
  )
  const others = all
    .map((name) => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`)
    .filter((name) => !drawn.includes(name))
  const rows = [
    ...drawn.map((name) => ['●', ...cells(tracer.policy(name))]),
    ...[...new Set(others)].sort().map((name) => ['', ...cells(tracer.policy(name))]),
  ]
  return ['## Policies', table(['', 'policy', 'file', 'test'], rows)]
}

function cells({ name, file, test }: Traced): string[] {
  return [`\`${name}\``, link(file), evidence(test)]
}

function evidence({ file, title }: Evidence): string {
  return title === undefined ? link(file) : `${link(file)} “${title.replaceAll('|', '\\|')}”`
}

function link(file: string): string {
  return `[${file}](../${file})`
}

function mermaid(lines: readonly string[]): string {
  return ['```mermaid', ...lines, '```'].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
