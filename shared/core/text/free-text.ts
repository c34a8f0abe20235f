/** What sinks get in place of words that people typed. */
const FREE_TEXT = 'free_text'

/**
 * Declares a field that people may fill with words of their own, in which anybody may be named, and the codes
 * that the program itself writes there. Only those codes are told to everyone; whatever else stands in the field
 * becomes `free_text`, though it looks like a code (`ada_lovelace_called`).
 */
export function freeField(...codes: readonly string[]): (text: string) => string {
  const known = new Set(codes)
  return (text) => (known.has(text) ? text : FREE_TEXT)
}
