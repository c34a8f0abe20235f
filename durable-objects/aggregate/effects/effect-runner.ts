import { backoffMs } from '../../../shared/core/backoff.ts'
import type { Message } from '../../../shared/core/effect.ts'
import type { Refusal } from '../../../shared/core/refusal.ts'
import { plus, SECOND } from '../../../shared/core/time.ts'
import { withTimeLimit } from '../../../shared/ports/time-limit.ts'
import type { Env } from '../../env.ts'
import { clock } from '../../sandbox/clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { Meter } from '../meter.ts'
import { EFFECT_RETRY, type Fault, faultOf, MAX_ATTEMPTS, type PendingEffect, perform } from './effects.ts'
import { forgetParked, reportParked } from './parked-effects.ts'

/** How long an alarm waits for the effects that it has started (ms): most take less. */
const ENDED_TIMEOUT_MS = 2 * SECOND
/** How long the register of parked effects may take (ms). */
const FORGET_TIMEOUT_MS = 10 * SECOND

/** What the runner needs of its object. */
interface EffectHost<State> {
  readonly env: Env
  readonly meter: Meter
  readonly journal: Journal<State>
  /** Runs a command of the aggregate on itself, recorded under the effect's id. Returns its refusal. */
  deliver(message: Message, effect: PendingEffect): Refusal | null
  /** Keeps the object alive for background work. */
  waitUntil(work: Promise<void>): void
  /** What is due next may have changed. */
  rescheduled(): Promise<void>
  /** An effect has ended. */
  ended(): void
}

/**
 * Makes the effects of committed events happen: each at least once, none waiting for another. One that
 * fails gets a row of its own and is tried again by the alarm; one that cannot succeed is parked.
 */
export class EffectRunner<State> {
  readonly #host: EffectHost<State>
  readonly #running = new Map<string, Promise<void>>()

  constructor(host: EffectHost<State>) {
    this.#host = host
  }

  /** Starts all that is pending, in the background. The platform holds it back until the commit is durable. */
  start(): void {
    for (const effect of this.#host.journal.cache.pending.values()) {
      if (this.#running.has(effect.id)) continue
      const finished = clock.started()
      const run = this.#run(effect).finally(() => {
        this.#running.delete(effect.id)
        finished()
        this.#host.ended()
      })
      this.#running.set(effect.id, run)
      this.#host.waitUntil(run)
    }
  }

  /** Resolves when nothing that was started runs any more, or after `ENDED_TIMEOUT_MS`. */
  async ended(): Promise<void> {
    if (this.#running.size === 0) return
    const runs = Promise.allSettled(this.#running.values())
    await withTimeLimit(runs, ENDED_TIMEOUT_MS, 'effects').catch(() => undefined)
  }

  /** Starts again what failed and whose wait is over. */
  retryDue(): void {
    const now = clock.now()
    const { failed } = this.#host.journal.cache
    for (const effect of failed.values())
      if (!effect.parked && effect.nextAt <= now && !this.#running.has(effect.id))
        this.#host.journal.resumeEffect(effect)
    this.start()
  }

  /** Gives a parked effect another round of tries; false if there is none of this id. */
  async unpark(effectId: string): Promise<boolean> {
    const { journal } = this.#host
    const parked = journal.cache.failed.get(effectId)
    // A database may carry a report out late, after the effect has happened and left the register.
    if (!parked) await this.#forget(effectId)
    if (!parked?.parked) return false
    // Not as if it were new: what was tried before may have happened, and ports look before they act again.
    // And it is in the register, where the operator found it, even if a crash came before that was recorded here.
    const again = { ...parked, parked: false, attempts: 1, nextAt: clock.now(), reported: true }
    journal.updateFailure(again)
    await this.#host.rescheduled()
    this.retryDue()
    return true
  }

  /** Enters newly parked effects into the operators' register and raises `SystemError` for each. */
  async report(): Promise<void> {
    const { journal, env, meter } = this.#host
    const { id, failed } = journal.cache
    if (id === null) return
    for (const effect of failed.values()) {
      if (!effect.parked || effect.reported) continue
      meter.queueSends += 1
      await reportParked(env, { kind: journal.aggregate.kind, id }, effect)
      journal.updateFailure({ ...effect, reported: true })
    }
  }

  async #run(effect: PendingEffect): Promise<void> {
    const { journal, env, meter } = this.#host
    const { id } = journal.cache
    if (id === null) return
    try {
      const { outcome, refusal } = await perform(env, { kind: journal.aggregate.kind, id }, effect, meter)
      const { reply } = effect.effect
      const unhandled = reply ? this.#host.deliver({ ...reply, outcome }, effect) : refusal
      if (unhandled) await this.#failed(effect, { action: 'park', error: `refused: ${unhandled.code}` })
      else await this.#happened(effect)
    } catch (thrown) {
      await this.#failed(effect, faultOf(thrown))
    }
  }

  async #happened(effect: PendingEffect): Promise<void> {
    const { journal } = this.#host
    if (journal.cache.failed.get(effect.id)?.reported) await this.#forget(effect.id)
    journal.recordSuccess(effect.id)
    this.start()
    // Its reply may have set timers.
    if (effect.effect.reply) await this.#host.rescheduled()
  }

  /** Removes an effect from the register. @throws Error if the read database fails, or does not answer in time */
  #forget(effectId: string): Promise<void> {
    const forgotten = forgetParked(this.#host.env, effectId)
    return withTimeLimit(forgotten, FORGET_TIMEOUT_MS, 'the register of parked effects')
  }

  async #failed(effect: PendingEffect, { action, error }: Fault): Promise<void> {
    const { journal } = this.#host
    const { cache } = journal
    const attempts = effect.attempts + 1
    const parked = action === 'park' || attempts >= MAX_ATTEMPTS
    const delayMs = parked ? 0 : backoffMs(EFFECT_RETRY, attempts, Math.random())
    const row = {
      // Not as it was when it started: an erasure may have come meanwhile.
      ...(cache.pending.get(effect.id) ?? effect),
      attempts,
      nextAt: plus(clock.now(), delayMs),
      parked,
      reported: cache.failed.get(effect.id)?.reported ?? false,
      error,
    }
    journal.recordFailure(row)
    await this.#host.rescheduled()
  }
}
