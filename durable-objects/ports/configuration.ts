import { PortError } from '../../shared/ports/port-error.ts'
import { type Env, isDevelopment } from '../env.ts'

const complained = new Set<string>()

/** Says once that a deployment in production plays: what it would do for real it only notes down. */
export function warnOfPlaying(env: Pick<Env, 'ENVIRONMENT'>, setting: string, what: string): void {
  if (isDevelopment(env) || complained.has(setting)) return
  complained.add(setting)
  console.warn(JSON.stringify({ level: 'warn', message: `${setting} is not set: ${what}` }))
}

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
