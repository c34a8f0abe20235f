import { type Instant, instantOf, millisecondsOf } from '../../shared/core/time.ts'
import { type Env, isDevelopment } from '../env.ts'

/** How long an isolate caches the offset (ms). */
const OFFSET_MAX_AGE_MS = 5_000
/** The longest that an advance waits for the consequences of one timer (ms). */
const SETTLE_TIMEOUT_MS = 15_000
/** Longer than any effect may take (ms); see `effects.ts`. */
const MAX_EFFECT_MS = 35_000

/** Whether operators may move this deployment's time. Production time is the platform's, always. */
export function isClockAdjustable(env: Pick<Env, 'ENVIRONMENT' | 'CLOCK_MODE'>): boolean {
  return isDevelopment(env) && env.CLOCK_MODE !== 'system'
}

/**
 * The deployment's time in this isolate. In production it is the platform's clock; in
 * development an operator may have moved it ahead, and every decision and timer follows.
 */
class DeploymentClock {
  #offset = 0
  #readAt = Number.NEGATIVE_INFINITY
  /**
   * When the running effects of this isolate started (Unix ms), so that an advance of the clock can wait for
   * them.
   */
  readonly #running = new Map<symbol, number>()

  /** Unix time in milliseconds. */
  milliseconds(): number {
    return Date.now() + this.#offset
  }

  now(): Instant {
    return instantOf(this.milliseconds())
  }

  /** The platform's time at which the deployment's clock will show an instant (Unix ms). */
  platformTimeOf(instant: Instant): number {
    return millisecondsOf(instant) - this.#offset
  }

  setOffset(milliseconds: number): void {
    this.#offset = milliseconds
    this.#readAt = Date.now()
  }

  /** Reads the offset if it may have changed. Await it before the time is used; free in production. */
  async sync(env: Env): Promise<void> {
    if (!isClockAdjustable(env) || Date.now() - this.#readAt < OFFSET_MAX_AGE_MS) return
    this.setOffset(await env.CLOCK.getByName('clock').offset())
  }

  /** Registers a running effect. Call the returned function when it has ended. */
  started(): () => void {
    const effect = Symbol('effect')
    this.#running.set(effect, Date.now())
    return () => this.#running.delete(effect)
  }

  /** An evicted object never reports that its effects have ended: entries older than any effect are dropped. */
  #isQuiet(): boolean {
    const now = Date.now()
    for (const [effect, startedAt] of this.#running)
      if (Math.abs(now - startedAt) > MAX_EFFECT_MS) this.#running.delete(effect)
    return this.#running.size === 0
  }

  /** Resolves when no effect runs, or after `SETTLE_TIMEOUT_MS`. */
  async settled(): Promise<void> {
    const deadline = Date.now() + SETTLE_TIMEOUT_MS
    let quiet = 0
    while (quiet < 3 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      quiet = this.#isQuiet() ? quiet + 1 : 0
    }
  }
}

/** This isolate's view of the deployment's time. */
export const clock = new DeploymentClock()
