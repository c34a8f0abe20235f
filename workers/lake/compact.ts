import type { Env } from '../../durable-objects/env.ts'
import { logError } from '../../durable-objects/log-error.ts'
import { clock } from '../../durable-objects/sandbox/clock.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { compactLake } from '../../shared/ports/lake/compaction.ts'

/**
 * Compacts closed hours of the lake, as many as one invocation can. Called by the schedule, whatever the present sink is;
 * costs one call to the bucket if there is nothing to do. A fault is logged, and the next schedule goes on.
 */
export async function keepCompacting(env: Env): Promise<void> {
  try {
    const { unreadable } = await compactLake(env.LAKE, clock.milliseconds())
    for (const { key, reason } of unreadable)
      logError('lake compaction', reason, {
        message: 'an object of the lake cannot be read',
        key,
        fault: reason,
      })
  } catch (thrown) {
    const fault = faultText(thrown)
    logError('lake compaction', fault, { message: 'the lake was not compacted', fault })
  }
}
