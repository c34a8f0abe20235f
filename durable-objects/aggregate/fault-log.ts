import { logError } from '../log-error.ts'
import { type TelemetrySource, telemetry } from '../telemetry.ts'
import { faultOf } from './effects/effects.ts'

/** In place of the result of a step that threw. */
export const FAULT = Symbol('fault')

/** Logs the faults of one object and raises `SystemError` for the first of each alarm: one cause fails several steps. */
export class FaultLog {
  readonly #source: TelemetrySource
  readonly #kind: string
  /** The name of the stream, taken from the object's id: the log may be what cannot be read. */
  readonly #subject: string
  #hasEmitted = false

  constructor(source: TelemetrySource, kind: string, subject: string) {
    this.#source = source
    this.#kind = kind
    this.#subject = subject
  }

  /** A new alarm begins. */
  reset(): void {
    this.#hasEmitted = false
  }

  /** Runs one step of the alarm. An alarm that throws is given up by the platform after six tries. */
  async attempt<Result>(step: string, work: () => Result | Promise<Result>): Promise<Result | typeof FAULT> {
    try {
      return await work()
    } catch (fault) {
      this.log(`alarm: ${step}`, fault)
      return FAULT
    }
  }

  log(where: string, fault: unknown): void {
    const { error } = faultOf(fault)
    logError(`${this.#kind} ${where}`, error, { kind: this.#kind, where, fault: error })
    if (this.#hasEmitted) return
    this.#hasEmitted = true
    telemetry.faulted(this.#source, `${this.#kind} ${where}`, fault, { subject: this.#subject })
  }
}
