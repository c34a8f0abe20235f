/** Why a text is refused. */
export type TextFault =
  | 'malformed_unicode'
  | 'control_character'
  | 'line_break'
  | 'direction_override'
  | 'nothing_visible'
  | 'too_many_marks'

/** `line` for names and other short texts, `lines` for long ones. */
export type TextForm = 'line' | 'lines'

/** C0 and C1 without TAB, LF and CR. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds them
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/
const LINE_BREAK = /[\t\n\r\u2028\u2029]/
/** UAX #9: embeddings, overrides and isolates. In a mail they also reorder the words after the name. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/
/** The blank of Braille is a letter in Unicode, and invisible. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u
const NOT_SPACE = /\P{White_Space}/u
/**
 * UAX #15, 13, Stream-Safe Text: no language stacks more than 30 marks. Normalization sorts the marks of a letter in
 * quadratic time. The letters in the pattern decompose into marks.
 */
const MARKS = /[\p{M}\u0e33\u0eb3\uff9e\uff9f]{31}/u

/**
 * The fault of a text, or `null` for well-formed Unicode without control characters and with no more marks on a
 * letter than any language has, so that normalizing it is linear. A `line` also has no line break or tab, no
 * character that changes the direction of writing, and something visible unless it is blank; its field decides
 * whether it may be blank. Linear in the length of the text.
 */
export function textFault(text: string, form: TextForm = 'line'): TextFault | null {
  if (!text.isWellFormed()) return 'malformed_unicode'
  if (CONTROL.test(text)) return 'control_character'
  if (MARKS.test(text)) return 'too_many_marks'
  if (form === 'lines') return null
  if (LINE_BREAK.test(text)) return 'line_break'
  if (DIRECTION.test(text)) return 'direction_override'
  return NOT_SPACE.test(text) && !VISIBLE.test(text) ? 'nothing_visible' : null
}

/** Messages for people. */
export const textFaults: Readonly<Record<TextFault, string>> = {
  malformed_unicode: 'This is not well-formed Unicode: half of a surrogate pair is missing.',
  control_character: 'Control characters are not taken.',
  line_break: 'This has to be one line, without line breaks and tabs.',
  direction_override: 'Characters that turn the direction of writing are not taken here.',
  nothing_visible: 'Nothing of this can be seen.',
  too_many_marks: 'At most 30 combining marks may follow one another.',
}

const UNREADABLE_ESCAPE = /\\u(?:d[89a-f]|0000)/i

/** Whether JSON text has an escape that strict readers refuse: half of a surrogate pair, or NUL. */
export function hasUnreadableText(json: string): boolean {
  if (!UNREADABLE_ESCAPE.test(json)) return false
  let found = false
  JSON.parse(json, (key, value: unknown) => {
    found ||= !isReadable(key) || (typeof value === 'string' && !isReadable(value))
    return value
  })
  return found
}

/**
 * JSON that every reader accepts: JSON.stringify escapes halves of surrogate pairs and NUL, which databases refuse;
 * here U+FFFD replaces them.
 */
export function readableJson(value: unknown): string {
  const text = JSON.stringify(value)
  return UNREADABLE_ESCAPE.test(text) ? JSON.stringify(value, (_, part: unknown) => readablePart(part)) : text
}

function readablePart(part: unknown): unknown {
  if (typeof part === 'string') return readable(part)
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(
    Object.entries(part).map(([key, value]: [string, unknown]) => [readable(key), value]),
  )
}

function readable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd')
}

function isReadable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** The name and message of an error, shortened for a log. */
export function faultText(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.slice(0, 300) : 'unknown fault'
}

/** How many bytes a text has in UTF-8, where U+FFFD stands for half of a surrogate pair. Linear, and copies nothing. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else {
      bytes += 2
      // A pair of surrogates is four bytes.
      if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) index += 1
    }
  }
  return bytes
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

/** The order of texts by their units, which no locale changes: for `sort`. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
