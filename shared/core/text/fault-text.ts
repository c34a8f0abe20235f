/** What a fault says of itself, short enough for a log. */
export function faultText(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.slice(0, 300) : 'unknown fault'
}
