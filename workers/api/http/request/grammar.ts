/** RFC 9110, 5.6.2, as a part of a regular expression. */
export const TOKEN = "[!#$%&'*+.^_`|~\\w-]+"
/** RFC 9110, section 5.6.4: a backslash escapes the next character. */
export const QUOTED_STRING = '"(?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[^\\x00-\\x08\\x0a-\\x1f\\x7f])*"'
/** RFC 9110, 5.6.3: optional white space. */
export const OWS = '[ \\t]*'

/**
 * Consecutive matches of an expression up to the end of a field value; `null` if something else remains. The expression
 * is sticky and never matches the empty string, so this is linear.
 */
export function readAll(expression: RegExp, value: string, from = 0): RegExpExecArray[] | null {
  const found: RegExpExecArray[] = []
  expression.lastIndex = from
  for (let at = from; at < value.length; at = expression.lastIndex) {
    const match = expression.exec(value)
    if (!match || match[0] === '') return null
    found.push(match)
  }
  return found
}

/** The content of a quoted string; a token unchanged. */
export function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : value
}
