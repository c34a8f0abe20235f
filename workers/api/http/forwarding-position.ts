import { z } from '@hono/zod-openapi'
import type { Env } from '../../../durable-objects/env.ts'
import { forwarderAt, shardOfStream } from '../../../durable-objects/forwarder/forwarders.ts'
import type { ForwardingPosition } from '../../../durable-objects/forwarder/protocol.ts'
import type { Stream } from '../../../shared/core/projection.ts'
import { faultText } from '../../../shared/core/text/text.ts'
import { FORWARDER_TIMEOUT_MS, withTimeout } from './timeout.ts'

const forwardingPosition = z.object({
  sink: z.string().openapi({ description: 'The sink of its events.', example: 'lake:petrel-lake' }),
  version: z.int().openapi({ description: 'The version of its newest event.' }),
  delivered: z
    .int()
    .openapi({ description: 'The sink has every event up to this version, except dead letters.' }),
  pending: z.int().openapi({ description: 'Events that the sink does not have yet.' }),
  setAside: z
    .array(z.int())
    .openapi({ description: 'Versions that the sink refused permanently: dead letters.' }),
  heldAt: z.int().nullable().openapi({
    description: 'In strict order: the refused version that blocks later ones.',
  }),
})

/** The member that `?delivery=true` adds to a resource. */
export const withForwardingPosition = z
  .object({
    delivery: forwardingPosition
      .nullable()
      .optional()
      .openapi({ description: 'Only if requested; null while it is unavailable.' }),
  })
  .openapi('WithDelivery')

/**
 * How far the events of an aggregate, whose newest version is given, have been forwarded. `null` if the forwarder does
 * not answer: the resource itself is available. Never throws.
 */
export async function readForwardingPosition(
  env: Env,
  stream: Stream,
  version: number,
): Promise<z.infer<typeof forwardingPosition> | null> {
  try {
    const { sink, delivered, setAside, heldAt } = await withTimeout(
      positionOf(env, stream),
      FORWARDER_TIMEOUT_MS,
    )
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
