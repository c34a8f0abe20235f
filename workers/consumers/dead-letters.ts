import type { Env } from '../../durable-objects/env.ts'
import { logError } from '../../durable-objects/log-error.ts'
import { backoffMs } from '../../shared/core/backoff.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { HOUR, SECOND } from '../../shared/core/time.ts'
import { withoutListing } from '../../shared/core/wire/queue-message.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'

/** The delay after the first failed attempt, doubled after each further one. */
const FIRST_RETRY_MS = 4 * SECOND
/** Queues allows a delay of at most 12 hours. */
const MAX_RETRY_MS = 12 * HOUR
const STORE_CONCURRENCY = 6
/** Time limit of storing one (ms). */
const STORE_TIMEOUT_MS = 10 * SECOND

/** A message of a queue that cannot be processed, and why. */
export interface DeadLetter {
  readonly message: Message
  readonly reason: string
}

/** Stores messages in a folder of the lake bucket and acknowledges them; if storing fails, retries the message. */
export async function storeDeadLetters(
  env: Env,
  folder: 'invalid' | 'undelivered' | 'unprojected',
  queue: string,
  deadLetters: readonly DeadLetter[],
): Promise<void> {
  await mapBounded(deadLetters, STORE_CONCURRENCY, async ({ message, reason }) => {
    const { id, attempts, body } = message
    const sentAt = message.timestamp.toISOString()
    try {
      const stored = env.LAKE.put(
        `${folder}/dt=${sentAt.slice(0, 10)}/${id}.json`,
        // A listing may have personal data, which no erasure would find here; without it the aggregate is asked.
        JSON.stringify({ reason, queue, id, attempts, sentAt, body: withoutListing(body) }),
        { httpMetadata: { contentType: 'application/json' } },
      )
      await withTimeLimit(stored, STORE_TIMEOUT_MS, 'storing a dead letter')
      logQueueFault(queue, folder, reason, { message: id })
      message.ack()
    } catch (thrown) {
      logQueueFault(queue, folder, faultText(thrown), { message: id })
      message.retry({ delaySeconds: retryDelaySeconds(attempts) })
    }
  })
}

/** The delay before the next attempt (seconds): exponential up to `maxMs`, with jitter in its upper half. */
export function retryDelaySeconds(
  attempts: number,
  random: number = Math.random(),
  maxMs: number = MAX_RETRY_MS,
): number {
  return Math.round(backoffMs({ firstMs: FIRST_RETRY_MS, maxMs }, attempts, random) / SECOND)
}

/** Logs a fault of a queue's messages; see `logError`. */
export function logQueueFault(
  queue: string,
  where: string,
  fault: string,
  about: Readonly<Record<string, unknown>> = {},
): void {
  logError(`${queue} ${where}`, fault, { queue, where, fault, ...about })
}
