import type { Stream } from '../../shared/core/projection.ts'
import { SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { streamName } from '../../shared/stream-names.ts'
import { logError } from '../log-error.ts'
import { type TelemetrySource, telemetry } from '../telemetry.ts'
import { faultOf } from './effects/effects.ts'

/** How long a step of the alarm may take (ms): longer than any call that it waits for. */
const STEP_TIMEOUT_MS = 35 * SECOND

/** In place of the result of a step that threw. */
export const FAULT = Symbol('fault')

/** Logs the faults of one object and raises `SystemError` for the first of each alarm: one cause fails several steps. */
export class FaultLog {
  readonly #source: TelemetrySource
  /** Its id is the object's name, not the log's: the log may be what cannot be read. */
  readonly #stream: Stream
  #hasEmitted = false

  constructor(source: TelemetrySource, stream: Stream) {
    this.#source = source
    this.#stream = stream
  }

  /** A new alarm begins. */
  reset(): void {
    this.#hasEmitted = false
  }

  /**
   * Runs one step of the alarm. The platform gives up an alarm that has thrown six times. And it runs one alarm of an
   * object at a time: a step that waits for an answer that never comes would hold up its timers for a quarter of an hour.
   */
  async attempt<Result>(step: string, work: () => Result | Promise<Result>): Promise<Result | typeof FAULT> {
    try {
      const result = work()
      return result instanceof Promise ? await withTimeLimit(result, STEP_TIMEOUT_MS, step) : result
    } catch (fault) {
      this.log(`alarm: ${step}`, fault)
      return FAULT
    }
  }

  log(where: string, fault: unknown): void {
    const { error } = faultOf(fault)
    const { kind, id } = this.#stream
    logError(`${kind} ${where}`, error, { kind, where, fault: error })
    if (this.#hasEmitted) return
    this.#hasEmitted = true
    telemetry.faulted(this.#source, `${kind} ${where}`, fault, { subject: streamName(kind, id) })
  }
}
