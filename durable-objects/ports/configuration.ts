import { PortError } from '../../shared/ports/port-error.ts'

const complained = new Set<string>()

/**
 * A port that this deployment does not know how to reach, told once in the log. Nothing has happened, and what
 * waits for it is tried again, so that nothing is lost until an operator has mended the setting.
 */
export function notConfigured(what: string): PortError {
  if (!complained.has(what))
    console.error(JSON.stringify({ level: 'error', message: `not configured: ${what}` }))
  complained.add(what)
  return new PortError('unavailable', 'not_configured', what)
}
