import { z } from 'zod'
import { runCommand } from '../tools/command.ts'
import { pythonTool } from '../tools/python.ts'

const resource = z.object({
  Type: z.string(),
  Condition: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).optional(),
})
const parameter = z.object({
  Type: z.string(),
  Description: z.string().optional(),
  Default: z.union([z.string(), z.number()]).optional(),
  AllowedValues: z.array(z.string()).optional(),
  AllowedPattern: z.string().optional(),
  MinValue: z.number().optional(),
  MaxValue: z.number().optional(),
})
const templateSchema = z.object({
  Parameters: z.record(z.string(), parameter),
  Conditions: z.record(z.string(), z.unknown()),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.object({ Condition: z.string().optional(), Value: z.unknown() })),
})
/** A CloudFormation template, with its functions in their long form (`Fn::Sub`). */
export type Template = z.infer<typeof templateSchema>

/** What prints a template as cfn-lint, and so CloudFormation, understands its YAML. */
const PRINT = `
import json, sys
from cfnlint.decode import decode
template, faults = decode(sys.argv[1])
if faults: sys.exit(str(faults))
print(json.dumps(template))
`

/** Reads a template. */
export async function readTemplate(path: string): Promise<Template> {
  const printed = await runCommand(await pythonTool('python'), ['-c', PRINT, path], {
    timeout: 60_000,
    missing: 'Python is gone',
  })
  return templateSchema.parse(JSON.parse(printed))
}

/** What a property is that is to be left out (`AWS::NoValue`). */
const NOTHING = Symbol('AWS::NoValue')

/**
 * What functions of a template come to: those that Petrel's template uses.
 *
 * `values` has parameters that differ from their defaults, the pseudo parameters, and what resources are
 * known by: `Lake`, `Lake.Arn`.
 */
export class Resolver {
  readonly #template: Template
  readonly #values: Readonly<Record<string, string>>

  constructor(template: Template, values: Readonly<Record<string, string>>) {
    this.#template = template
    const defaults = Object.entries(template.Parameters).flatMap(([name, { Default: value }]) =>
      value === undefined ? [] : [[name, String(value)]],
    )
    this.#values = { ...Object.fromEntries(defaults), ...values }
  }

  /** Whether a condition holds; without one, it does. */
  holds(condition: string | undefined): boolean {
    if (condition === undefined) return true
    if (!(condition in this.#template.Conditions)) throw new Error(`there is no condition ${condition}`)
    return this.#truth(this.#template.Conditions[condition])
  }

  /** The properties of a resource, with every function worked out. */
  properties(name: string): Record<string, unknown> {
    return z
      .record(z.string(), z.unknown())
      .parse(this.resolve(this.#template.Resources[name]?.Properties ?? {}))
  }

  resolve(value: unknown): unknown {
    const resolved = this.#resolve(value)
    return resolved === NOTHING ? undefined : resolved
  }

  #resolve(value: unknown): unknown {
    if (Array.isArray(value))
      return value.map((item) => this.#resolve(item)).filter((item) => item !== NOTHING)
    const object = z.record(z.string(), z.unknown()).safeParse(value)
    if (!object.success) return value
    const [[name, argument] = ['', null], ...more] = Object.entries(object.data)
    if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return this.#call(name, argument)
    const entries = Object.entries(object.data).map(([key, item]) => [key, this.#resolve(item)] as const)
    return Object.fromEntries(entries.filter(([, item]) => item !== NOTHING))
  }

  #call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return argument === 'AWS::NoValue' ? NOTHING : this.#value(z.string().parse(argument))
      case 'Fn::GetAtt':
        return this.#value(z.array(z.string()).parse(argument).join('.'))
      case 'Fn::If': {
        const [condition, yes, no] = z.tuple([z.string(), z.unknown(), z.unknown()]).parse(argument)
        return this.#resolve(this.holds(condition) ? yes : no)
      }
      case 'Fn::Sub':
        return this.#substitute(z.string().parse(argument))
      case 'Fn::Join': {
        const [separator, parts] = z.tuple([z.string(), z.unknown()]).parse(argument)
        return z.array(z.string()).parse(this.#resolve(parts)).join(separator)
      }
      case 'Fn::Split': {
        const [separator, text] = z.tuple([z.string(), z.unknown()]).parse(argument)
        return z.string().parse(this.#resolve(text)).split(separator)
      }
      case 'Fn::Select': {
        const [index, items] = z.tuple([z.number(), z.unknown()]).parse(argument)
        return z.array(z.string()).parse(this.#resolve(items))[index]
      }
      default:
        throw new Error(`the function ${name} is not known here`)
    }
  }

  /** `${Name}` is a value, `${!name}` stands for `${name}` itself. */
  #substitute(text: string): string {
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) =>
      literal ? `\${${name}}` : this.#value(name),
    )
  }

  #value(name: string): string {
    const value = this.#values[name]
    if (value === undefined) throw new Error(`${name} has no value here`)
    return value
  }

  #truth(condition: unknown): boolean {
    const [[name, argument] = ['', null]] = Object.entries(z.record(z.string(), z.unknown()).parse(condition))
    if (name === 'Condition') return this.holds(z.string().parse(argument))
    const parts = z.array(z.unknown()).parse(argument)
    switch (name) {
      case 'Fn::Equals': {
        const [left, right] = parts.map((part) => String(this.#resolve(part)))
        return left === right
      }
      case 'Fn::Not':
        return !this.#truth(parts[0])
      case 'Fn::And':
        return parts.every((part) => this.#truth(part))
      case 'Fn::Or':
        return parts.some((part) => this.#truth(part))
      default:
        throw new Error(`the condition ${name} is not known here`)
    }
  }
}
