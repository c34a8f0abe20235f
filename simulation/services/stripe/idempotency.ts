import type { ServiceAnswer } from '../service.ts'
import { keyReused, StripeRefusal } from './errors.ts'

/** Stripe forgets a key after a day (ms). */
export const KEY_AGE_MS = 24 * 3_600_000

interface Kept {
  readonly request: string
  readonly answer: ServiceAnswer
  readonly at: number
}

/** The answers to idempotent requests, by key: https://docs.stripe.com/api/idempotent_requests */
export class IdempotentAnswers {
  readonly #kept = new Map<string, Kept>()

  /**
   * Answers a request under a key: as the first time, if there was one in the last day.
   *
   * @param request the same for the same request
   */
  answer(key: string, request: string, now: number, act: () => ServiceAnswer): ServiceAnswer {
    const kept = this.#kept.get(key)
    if (kept && now - kept.at < KEY_AGE_MS)
      return kept.request === request ? replayed(kept.answer, key) : keyReused.answer()
    const { answer, begun } = carriedOut(act)
    if (begun) this.#kept.set(key, { request, answer, at: now })
    return { ...answer, headers: { ...answer.headers, 'idempotency-key': key } }
  }
}

function carriedOut(act: () => ServiceAnswer): { answer: ServiceAnswer; begun: boolean } {
  try {
    return { answer: act(), begun: true }
  } catch (thrown) {
    if (!(thrown instanceof StripeRefusal)) throw thrown
    return { answer: thrown.answer(), begun: thrown.begun }
  }
}

function replayed(answer: ServiceAnswer, key: string): ServiceAnswer {
  const headers = { ...answer.headers, 'idempotency-key': key, 'idempotent-replayed': 'true' }
  return { ...answer, headers }
}
