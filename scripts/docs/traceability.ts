import type { DocumentedAggregate } from './aggregates.ts'
import type { Reference } from './drawn.ts'
import {
  definitionOf,
  type Evidence,
  evidenceOf,
  functionName,
  operationFile,
  policyFile,
  type Sources,
} from './sources.ts'

/** An element with the place of its code and its test. */
export interface Traced {
  readonly name: string
  readonly file: string
  readonly test: Evidence
}

/** Finds code and tests of elements, and collects those that lack either. */
export class Tracer {
  readonly missing: string[] = []
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** An event by its CloudEvents type (`order.OrderCreated`). */
  event(type: string): Traced {
    const [context, name] = parts(type)
    return this.#traced(
      `event ${type}`,
      type,
      definitionOf(this.#sources, 'event', context, name),
      evidenceOf(this.#sources, context, name),
    )
  }

  /** A command by context and name (`order.CreateOrder`). */
  command(type: string): Traced {
    const [context, name] = parts(type)
    return this.#traced(
      `command ${type}`,
      type,
      definitionOf(this.#sources, 'command', context, name),
      evidenceOf(this.#sources, context, name),
    )
  }

  /** A policy by its name in the event storming (`AllocationPolicy`). */
  policy(drawn: string): Traced {
    const file = policyFile(this.#sources, drawn)
    const context = file?.split('/')[1] ?? ''
    const name = functionName(drawn)
    return this.#traced(`policy ${drawn}`, name, file, evidenceOf(this.#sources, context, name))
  }

  /** An HTTP operation by its id; its test calls it or its path. */
  operation(operationId: string, path: string): Traced {
    return this.#traced(
      `operation ${operationId}`,
      operationId,
      operationFile(this.#sources, operationId),
      evidenceOf(this.#sources, 'api', operationId, path),
    )
  }

  /** The code behind any element. */
  reference(reference: Reference): Traced {
    if ('event' in reference) return this.event(reference.event)
    if ('command' in reference) return this.command(reference.command)
    if ('policy' in reference) return this.policy(reference.policy)
    return this.operation(reference.operation, reference.path)
  }

  #traced(what: string, name: string, file: string | null, test: Evidence | null): Traced {
    if (file === null) this.missing.push(`${what} is not in the code`)
    else if (test === null) this.missing.push(`${what} is shown by no test`)
    return { name, file: file ?? '-', test: test ?? { file: '-' } }
  }
}

/** The product files of a context; fixtures dispatch commands only in tests. */
const CONTEXT_FILE = /^shared\/([^/]+)\/(?!.*\.fixture\.ts$).+\.ts$/

/** The function that creates commands for a kind of aggregate: `toEmailAddress`. */
function senderOf(kind: string): string {
  return `to${kind.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}`
}

/** The contexts that dispatch commands to other contexts, from the commands in their reactions. */
export function contextRelations(
  { code }: Sources,
  aggregates: readonly DocumentedAggregate[],
): { from: string; to: string; commands: string[] }[] {
  const kinds = new Map(aggregates.map((aggregate) => [senderOf(aggregate.kind), aggregate]))
  const sent = new RegExp(`\\b(${[...kinds.keys()].join('|')})\\([\\s\\S]{0,160}?type: '(\\w+)'`, 'g')
  const relations = new Map<string, Set<string>>()
  for (const { file, text } of code) {
    const from = CONTEXT_FILE.exec(file)?.[1]
    if (!from) continue
    for (const [, sender = '', command = ''] of text.matchAll(sent)) {
      const to = kinds.get(sender)
      if (!to || to.context === from || !to.commands.includes(command)) continue
      const key = `${from} ${to.context}`
      relations.set(key, (relations.get(key) ?? new Set()).add(command))
    }
  }
  return [...relations]
    .map(([key, commands]) => {
      const [from = '', to = ''] = key.split(' ')
      return { from, to, commands: [...commands].sort() }
    })
    .sort((a, b) => `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`))
}

function parts(type: string): [context: string, name: string] {
  const [context = '', name = ''] = type.split('.')
  return [context, name]
}
