import { logError } from '../log-error.ts'

/** Logs a fault of a forwarder, each cause once a minute. */
export function logForwarderError(shard: number, where: string, fault: string): void {
  logError(`forwarder ${where}`, fault, { forwarder: shard, where, fault })
}
