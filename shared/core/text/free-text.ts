/** Replaces free text in published events. */
const FREE_TEXT = 'free_text'

/**
 * Declares a field in which people may write free text, which may name a person, and the codes that the program
 * itself writes there. Only these codes are published; any other text becomes `free_text`, even if it looks like a
 * code (`ada_lovelace_called`).
 */
export function freeField(...codes: readonly string[]): (text: string) => string {
  const known = new Set(codes)
  return (text) => (known.has(text) ? text : FREE_TEXT)
}
