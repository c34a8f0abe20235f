import type { z } from 'zod'
import type { Env } from '../../durable-objects/env.ts'
import { logError } from '../../durable-objects/log-error.ts'
import { backoffMs } from '../../shared/core/backoff.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import { HOUR, SECOND } from '../../shared/core/time.ts'

/** The wait after the first failed try (ms), doubled after each further one. */
const FIRST_RETRY_MS = 4 * SECOND
/** A queue holds a message back for 12 hours at most (ms). */
const MAX_RETRY_MS = 12 * HOUR
/** Messages being set aside at the same time. */
const SET_ASIDE_AT_ONCE = 6

/** Why a message is kept in the lake bucket; the name of its folder. */
export type Folder = 'invalid' | 'undelivered' | 'unprojected'

/** A message of the queue that will not be worked off, and why. */
export interface Kept {
  readonly message: Message
  readonly reason: string
}

/**
 * Keeps messages whole in the lake bucket and acknowledges them; one that cannot be kept now is retried.
 * Returns those that are kept.
 */
export async function setAside(
  env: Env,
  folder: Folder,
  queue: string,
  messages: readonly Kept[],
): Promise<Message[]> {
  const kept = await mapBounded(messages, SET_ASIDE_AT_ONCE, async (one) =>
    (await keep(env, folder, queue, one)) ? [one.message] : [],
  )
  return kept.flat()
}

async function keep(env: Env, folder: Folder, queue: string, { message, reason }: Kept): Promise<boolean> {
  const { id, attempts, body } = message
  const sentAt = message.timestamp.toISOString()
  try {
    await env.LAKE.put(
      `${folder}/dt=${sentAt.slice(0, 10)}/${id}.json`,
      JSON.stringify({ reason, queue, id, attempts, sentAt, body }),
      { httpMetadata: { contentType: 'application/json' } },
    )
  } catch (thrown) {
    complain(queue, folder, faultText(thrown), { message: id })
    message.retry({ delaySeconds: retryDelaySeconds(attempts) })
    return false
  }
  complain(queue, folder, reason, { message: id })
  message.ack()
  return true
}

/**
 * How long a message waits for its next try (seconds): exponential up to `longest` (ms), with jitter in
 * its upper half.
 */
export function retryDelaySeconds(
  attempts: number,
  random: number = Math.random(),
  longest: number = MAX_RETRY_MS,
): number {
  return Math.round(backoffMs({ firstMs: FIRST_RETRY_MS, maxMs: longest }, attempts, random) / SECOND)
}

/** Where a body is not what was expected; never what it holds. */
export function reasonOf(error: z.ZodError): string {
  return error.issues.map(({ path, code }) => `${path.join('.') || 'body'}: ${code}`).join('; ')
}

/** Logs what went wrong with messages of a queue, each cause once a minute. */
export function complain(
  queue: string,
  where: string,
  fault: string,
  about: Readonly<Record<string, unknown>> = {},
): void {
  logError(`${queue} ${where}`, fault, { queue, where, fault, ...about })
}
