import { MINUTE } from '../shared/core/time.ts'

/** The minimum between two lines of one cause (ms); faults in between are counted. */
const LOG_INTERVAL_MS = MINUTE
/** How many causes are distinguished; the oldest is dropped. */
const MAX_CAUSES = 200

/** What is logged with a fault; never personal data. */
type About = Readonly<Record<string, unknown>>

/**
 * Logs faults, each cause once a minute: in an outage every message, retry and request fails alike, and a line for
 * each could fill the disk. The next line of a cause contains the number of suppressed ones.
 */
export class ErrorLog {
  readonly #causes = new Map<string, { since: number; suppressed: number }>()

  /** `where` and `fault`, without references, ids and numbers, are the cause. */
  log(where: string, fault: string, line: About, now: number = Date.now()): void {
    const cause = `${where} ${causeOf(fault)}`
    const present = this.#causes.get(cause)
    if (present && Math.abs(now - present.since) < LOG_INTERVAL_MS) {
      present.suppressed += 1
      return
    }
    const suppressed = present && present.suppressed > 0 ? { suppressed: present.suppressed } : {}
    this.#causes.delete(cause)
    this.#causes.set(cause, { since: now, suppressed: 0 })
    const [oldest] = this.#causes.keys()
    if (this.#causes.size > MAX_CAUSES && oldest !== undefined) this.#causes.delete(oldest)
    console.error(JSON.stringify({ level: 'error', ...line, ...suppressed }))
  }
}

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
