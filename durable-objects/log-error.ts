import { MINUTE } from '../shared/core/time.ts'

/** One cause is logged so often (ms); what comes between is counted. */
const LOG_INTERVAL_MS = MINUTE
/** So many causes are kept apart; the oldest make room. */
const MAX_CAUSES = 200

/** What is logged of a fault beside its cause; never personal data. */
type About = Readonly<Record<string, unknown>>

/**
 * Logs faults, each cause once a minute: an outage makes every message, retry and request fail alike, and a log that
 * repeats it for each fills the disk that may be what is full. The next line of a cause says how many were left out.
 */
export class ErrorLog {
  readonly #causes = new Map<string, { since: number; suppressed: number }>()

  /** `where` and `fault` make the cause, but for what differs from one time to the next: references, ids, numbers. */
  log(where: string, fault: string, line: About, now: number = Date.now()): void {
    const cause = `${where} ${causeOf(fault)}`
    const known = this.#causes.get(cause)
    if (known && Math.abs(now - known.since) < LOG_INTERVAL_MS) {
      known.suppressed += 1
      return
    }
    const suppressed = known && known.suppressed > 0 ? { suppressed: known.suppressed } : {}
    this.#causes.delete(cause)
    this.#causes.set(cause, { since: now, suppressed: 0 })
    const [oldest] = this.#causes.keys()
    if (this.#causes.size > MAX_CAUSES && oldest !== undefined) this.#causes.delete(oldest)
    console.error(JSON.stringify({ level: 'error', ...line, ...suppressed }))
  }
}

/** A fault's text without what is particular to one time. */
function causeOf(fault: string): string {
  return fault
    .slice(0, 300)
    .replaceAll(/reference = \w+/g, 'reference')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replaceAll(/\d+/g, 'n')
}

const errors = new ErrorLog()

/** Logs a fault, each cause once a minute in this isolate; see `ErrorLog`. */
export function logError(where: string, fault: string, line: About): void {
  errors.log(where, fault, line)
}
