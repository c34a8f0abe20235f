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

/** A thing with where it stands and what shows it. */
export interface Traced {
  readonly name: string
  readonly file: string
  readonly test: Evidence
}

/** Finds where things stand, and remembers what stands nowhere or is shown by no test. */
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

  /** A policy by its drawn name (`AllocationPolicy`). */
  policy(drawn: string): Traced {
    const file = policyFile(this.#sources, drawn)
    const context = file?.split('/')[1] ?? ''
    const name = functionName(drawn)
    return this.#traced(`policy ${drawn}`, name, file, evidenceOf(this.#sources, context, name))
  }

  /** An HTTP operation by its id. */
  operation(operationId: string): Traced {
    const file = operationFile(this.#sources, operationId)
    const path = { checkPromotionEligibility: '/check' }[operationId] ?? operationId
    return this.#traced(
      `operation ${operationId}`,
      operationId,
      file,
      evidenceOf(this.#sources, 'api', operationId, path),
    )
  }

  /** Whatever something that was drawn is in the code. */
  reference(reference: Reference): Traced {
    if ('event' in reference) return this.event(reference.event)
    if ('command' in reference) return this.command(reference.command)
    if ('policy' in reference) return this.policy(reference.policy)
    return this.operation(reference.operation)
  }

  #traced(what: string, name: string, file: string | null, test: Evidence | null): Traced {
    if (file === null) this.missing.push(`${what} is not in the code`)
    else if (test === null) this.missing.push(`${what} is shown by no test`)
    return { name, file: file ?? '-', test: test ?? { file: '-' } }
  }
}

/** From which contexts commands go to which others, read from what their processes send. */
export function contextRelations(
  { code }: Sources,
  aggregates: readonly DocumentedAggregate[],
): { from: string; to: string; commands: string[] }[] {
  const contextOf = new Map(aggregates.map(({ kind, context }) => [kind, context]))
  const relations = new Map<string, Set<string>>()
  for (const { file, text } of code) {
    const from = /^shared\/([^/]+)\/[^/]*process\.ts$/.exec(file)?.[1]
    if (!from) continue
    const owners = new Map(
      aggregates.flatMap(({ context, commands }) =>
        commands.map((command): [string, string] => [`${context}.${command}`, context]),
      ),
    )
    for (const [, target = '', rest = ''] of text.matchAll(
      /\bto(Customer|EmailAddress|Cart|Order|Payment|Inventory|Delivery|Promotion|Review)\(([\s\S]{0,160}?type: '\w+')/g,
    )) {
      const kind = target.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
      const to = contextOf.get(kind)
      const command = /type: '(\w+)'/.exec(rest)?.[1]
      if (!to || !command || to === from || !owners.has(`${to}.${command}`)) continue
      const key = `${from} ${to}`
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
