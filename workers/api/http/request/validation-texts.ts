import { z } from '@hono/zod-openapi'

type Issue = Parameters<z.core.$ZodErrorMap>[0]

/** What a value has to be, by the type that a schema expects. */
const types: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
}

const formats: Readonly<Record<string, string>> = {
  date: 'This has to be a day (RFC 3339), such as 2026-11-29.',
  datetime: 'This has to be a time (RFC 3339), such as 2026-11-29T10:00:00Z.',
  duration: 'This has to be a duration (ISO 8601), such as PT1H30M.',
  email: 'This has to be an e-mail address.',
  url: 'This has to be a URL.',
  uuid: 'This has to be a UUID.',
}

const units: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' }

/**
 * What a client reads where a schema has no text of its own for a fault; never with the value that was sent. It takes the
 * place of zod's own texts, in this isolate: they speak of schemas, and change with the library.
 */
export function validationText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'This is required.'
      return `This has to be ${types[issue.expected] ?? 'of another type'}.`
    case 'invalid_value':
      return `This has to be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}.`
    case 'too_small':
      return `This has to ${bound(issue, issue.inclusive ? 'at least' : 'more than', issue.minimum)}.`
    case 'too_big':
      return `This has to ${bound(issue, issue.inclusive ? 'at most' : 'less than', issue.maximum)}.`
    case 'not_multiple_of':
      return `This has to be a multiple of ${issue.divisor}.`
    case 'invalid_format':
      return formats[issue.format] ?? 'This does not have the form that is asked for.'
    case 'unrecognized_keys':
      return 'This is unknown.'
    case 'invalid_union':
      return 'This has none of the forms that are allowed here.'
    default:
      return 'This is not allowed here.'
  }
}

function bound({ origin, exact }: { origin: string; exact?: boolean }, word: string, limit: number | bigint) {
  const unit = units[origin]
  const amount = `${exact ? 'exactly' : word} ${limit}`
  return unit === undefined ? `be ${amount}` : `have ${amount} ${unit}`
}

z.config({ localeError: validationText })
