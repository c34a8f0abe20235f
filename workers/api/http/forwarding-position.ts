import { z } from '@hono/zod-openapi'
import type { Env } from '../../../durable-objects/env.ts'
import { forwarderAt } from '../../../durable-objects/forwarder/forwarders.ts'
import type { ForwardingPosition } from '../../../durable-objects/forwarder/position.ts'
import { shardOfStream } from '../../../durable-objects/forwarder/shards.ts'
import type { Stream } from '../../../shared/core/projection.ts'
import { faultText } from '../../../shared/core/text/fault-text.ts'
import { SECOND } from '../../../shared/core/time.ts'
import { withTimeout } from './timeout.ts'

/** A forwarder that takes longer (ms) is not waited for: the resource itself is there. */
const TELL_WITHIN = 5 * SECOND

const forwardingPosition = z.object({
  sink: z.string().openapi({ description: 'Where its events go.', example: 'lake:petrel-lake' }),
  version: z.int().openapi({ description: 'Of its newest event.' }),
  delivered: z
    .int()
    .openapi({ description: 'The sink has every event up to this version, but for those set aside.' }),
  pending: z.int().openapi({ description: 'Events that the sink does not have yet.' }),
  setAside: z.array(z.int()).openapi({ description: 'Versions that the sink refused for good.' }),
  heldAt: z.int().nullable().openapi({
    description: 'Where order is strict: the refused version that later ones wait for.',
  }),
})

/** What `?delivery=true` adds to a resource. */
export const withForwardingPosition = z
  .object({
    delivery: forwardingPosition
      .nullable()
      .optional()
      .openapi({ description: 'Only where it is asked for; null while it cannot be told.' }),
  })
  .openapi('WithDelivery')

/**
 * How far the events of an aggregate have been delivered, whose newest version is given. `null` when the
 * forwarder does not answer: whoever asks gets the resource all the same, and asks again. Never throws.
 */
export async function readForwardingPosition(
  env: Env,
  stream: Stream,
  version: number,
): Promise<z.infer<typeof forwardingPosition> | null> {
  try {
    const { sink, delivered, setAside, heldAt } = await withTimeout(positionOf(env, stream), TELL_WITHIN)
    return { sink, version, delivered, pending: Math.max(0, version - delivered), setAside, heldAt }
  } catch (thrown) {
    console.error(
      JSON.stringify({ level: 'error', where: 'delivery position', fault: faultText(thrown), ...stream }),
    )
    return null
  }
}

async function positionOf(env: Env, stream: Stream): Promise<ForwardingPosition> {
  return forwarderAt(env, await shardOfStream(env, stream)).position(stream)
}
