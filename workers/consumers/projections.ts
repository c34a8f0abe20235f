import type { Env } from '../../durable-objects/env.ts'
import { clock } from '../../durable-objects/sandbox/clock.ts'
import { projectionMessageSchema, type Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { MINUTE } from '../../shared/core/time.ts'
import { reasonOf } from '../../shared/core/wire/queue-message.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { continueComparison } from '../read-models/compare.ts'
import { recordFaults } from '../read-models/condition.ts'
import { readModels } from '../read-models/models.ts'
import { project } from '../read-models/project.ts'
import { continueRebuild } from '../read-models/rebuild.ts'
import { type DeadLetter, logQueueFault, retryDelaySeconds, storeDeadLetters } from './dead-letters.ts'

/** Lists should be up to date again soon after an outage. */
const MAX_RETRY_MS = 15 * MINUTE
/** Time limit of a step of a rebuild or a comparison, which may be carried out twice (ms). */
const STEP_TIMEOUT_MS = 5 * MINUTE

/**
 * Updates the rows of the aggregates in a batch, each once, and runs the steps of rebuilds and comparisons. What fails is
 * retried, message by message. A message that is not valid for this queue is stored as a dead letter under `invalid/`.
 */
export async function consumeProjections(batch: MessageBatch, env: Env): Promise<void> {
  const changed = new Map<string, { stream: Stream; messages: Message[] }>()
  const walks: { walk: 'rebuild' | 'comparison'; id: string; message: Message }[] = []
  const invalid: DeadLetter[] = []
  for (const message of batch.messages) {
    const parsed = projectionMessageSchema.safeParse(message.body)
    if (!parsed.success) invalid.push({ message, reason: reasonOf(parsed.error) })
    else if ('rebuild' in parsed.data) walks.push({ walk: 'rebuild', id: parsed.data.rebuild, message })
    else if ('comparison' in parsed.data)
      walks.push({ walk: 'comparison', id: parsed.data.comparison, message })
    else if (!readModels.has(parsed.data.stream.kind))
      invalid.push({ message, reason: 'no list holds this kind of aggregate' })
    else {
      const { stream } = parsed.data
      const name = nameOf(stream)
      const known = changed.get(name)
      known ? known.messages.push(message) : changed.set(name, { stream, messages: [message] })
    }
  }
  await storeDeadLetters(env, 'invalid', batch.queue, invalid)

  await clock.sync(env)
  const faults = await project(
    env,
    [...changed.values()].map(({ stream }) => stream),
  )
  const faultOf = new Map(faults.map(({ stream, fault }) => [nameOf(stream), fault]))
  for (const [name, { stream, messages }] of changed) {
    const fault = faultOf.get(name)
    if (fault === undefined) for (const message of messages) message.ack()
    else retry(batch.queue, messages, fault, { ...stream })
  }
  await recordFaults(env.DATABASE, faults, clock.now())

  for (const { walk, id, message } of walks) {
    try {
      const step = walk === 'rebuild' ? continueRebuild(env, id) : continueComparison(env, id)
      await withTimeLimit(step, STEP_TIMEOUT_MS, `a step of the ${walk}`)
      message.ack()
    } catch (thrown) {
      retry(batch.queue, [message], faultText(thrown), { [walk]: id })
    }
  }
}

function retry(
  queue: string,
  messages: readonly Message[],
  fault: string,
  about: Readonly<Record<string, unknown>>,
): void {
  logQueueFault(queue, 'projection', fault, about)
  for (const message of messages)
    message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random(), MAX_RETRY_MS) })
}

function nameOf({ kind, id }: Stream): string {
  return JSON.stringify([kind, id])
}
