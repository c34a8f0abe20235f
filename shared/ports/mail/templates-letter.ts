import type { MailTemplate } from '../../core/mail.ts'
import { PortError } from '../port-error.ts'

/** `shown` is set off from the text: a code to copy. */
export type Paragraph = string | { readonly shown: string }

/** The content of a mail, which is rendered as plain text and as HTML. */
export interface Letter {
  readonly subject: string
  readonly body: readonly Paragraph[]
  /** The last line: why the recipient gets it. */
  readonly because: string
}

export interface LetterTemplate {
  readonly variables: readonly string[]
  /** @throws PortError `rejected`, `template_variable_missing` */
  write(given: MailVariables, template: MailTemplate): Letter
}

export type MailVariables = Readonly<Record<string, string>>

/** A template that uses exactly the variables it names. */
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
