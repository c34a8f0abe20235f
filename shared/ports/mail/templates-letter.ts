import type { MailTemplate } from '../../core/mail.ts'
import { PortError } from '../port-error.ts'

/** A paragraph; `shown` is one that stands out: a code to copy. */
export type Paragraph = string | { readonly shown: string }

/** A mail before it is given a form: the same words go into plain text and HTML. */
export interface Letter {
  readonly subject: string
  readonly body: readonly Paragraph[]
  /** Why the recipient gets it, as the last line says. */
  readonly because: string
}

/** A kind of letter, with the variables that it has to be given. */
export interface LetterTemplate {
  readonly variables: readonly string[]
  /** @throws PortError `rejected`, `template_variable_missing` */
  write(given: MailVariables, template: MailTemplate): Letter
}

export type MailVariables = Readonly<Record<string, string>>

/** A letter that can use the variables it names, and no others. */
export function letter<const Name extends string>(
  variables: readonly Name[],
  write: (value: (name: Name) => string) => Letter,
): LetterTemplate {
  return {
    variables,
    write: (given, template) => {
      for (const name of variables) variableOf(given, name, template)
      return write((name) => variableOf(given, name, template))
    },
  }
}

/** On one line: no variable can begin a paragraph or a header of its own. */
function variableOf(given: MailVariables, name: string, template: MailTemplate): string {
  const value = Object.hasOwn(given, name) ? given[name] : undefined
  if (value === undefined)
    throw new PortError('rejected', 'template_variable_missing', `the mail ${template} needs ${name}`)
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
