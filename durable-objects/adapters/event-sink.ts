import type { EventSink } from '../../shared/ports/event-sink.ts'
import { LakeSink } from '../../shared/ports/lake/sink.ts'
import type { Env } from '../env.ts'

/**
 * The sink that this deployment is configured for, or another place in it: a topic, a delivery stream, or,
 * in the lake, a folder under `replay/`.
 *
 * @throws Error that says which variable is missing or wrong
 */
export async function openSink(env: Env, target?: string): Promise<EventSink> {
  switch (env.EVENT_SINK ?? 'lake') {
    case 'lake':
      return new LakeSink(env.LAKE, target === undefined ? '' : `replay/${target}/`)
    case 'firehose': {
      const { firehoseSink } = await import('../../shared/ports/firehose/sink.ts')
      return firehoseSink(env, target)
    }
    case 'kafka': {
      const { openKafkaSink } = await import('../../shared/ports/kafka/sink.ts')
      return openKafkaSink(env, target)
    }
    default:
      throw new Error(`EVENT_SINK is ${env.EVENT_SINK}, and not lake, kafka or firehose`)
  }
}
