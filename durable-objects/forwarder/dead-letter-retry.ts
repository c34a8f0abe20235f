import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { eventId } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'
import { withAcknowledged } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import { readDeadLetter } from './dead-letters.ts'
import type { Loop } from './loop.ts'
import { type DeadLetterReference, type DeadLetterRetried, NO_DEAD_LETTER } from './position.ts'
import { type ForwarderReader, NOT_IN_LOG, readLog } from './reader.ts'
import type { ForwarderRedelivery } from './redelivery.ts'

interface RetryParts {
  readonly env: Env
  readonly store: CheckpointStore
  readonly reader: ForwarderReader
  readonly redelivery: ForwarderRedelivery
  readonly loop: Loop
}

/**
 * Offers a dead letter to the sink once more. Once it is delivered its record is removed, and in strict order
 * its stream goes on.
 */
export async function retryDeadLetter(
  { env, store, reader, redelivery, loop }: RetryParts,
  reference: DeadLetterReference,
): Promise<DeadLetterRetried> {
  const position = 'stream' in reference ? reference : null
  const id =
    'stream' in reference
      ? eventId(reference.stream.kind, reference.stream.id, reference.version)
      : reference.event
  const record = store.deadLetter(id)
  if (!record) return { delivered: false, error: NO_DEAD_LETTER }
  try {
    // An event of a stream is read from the log: a message may have named what never happened.
    const event = position
      ? await eventInLog(env, position.stream, position.version)
      : await readDeadLetter(env.LAKE, record.key)
    if (!event)
      return { delivered: false, error: position ? NOT_IN_LOG : 'it is not in the lake bucket any more' }
    const bytes = Buffer.byteLength(JSON.stringify(event))
    const [outcome] = await redelivery.send(undefined, [{ event, bytes }])
    if (!outcome?.delivered) return { delivered: false, error: outcome?.error ?? 'the sink gave no outcome' }
    store.transaction(() => {
      store.removeDeadLetter(id)
      const held = position && store.checkpoint(position.stream)
      if (held?.heldAt !== position?.version || !held || !position) return
      const released = withAcknowledged({ ...held, heldAt: null, dueAt: Date.now() }, position.version)
      store.save(held, released)
      if (released.dueAt !== null) reader.sweep()
      loop.arm()
    })
    await env.LAKE.delete(record.key)
    loop.proceed()
    return { delivered: true }
  } catch (thrown) {
    return { delivered: false, error: faultText(thrown) }
  }
}

async function eventInLog(env: Env, stream: Stream, version: number) {
  const [found] = await readLog(env, stream, { after: version - 1, limit: 1 })
  return found?.event.sequence === version ? found.event : null
}
