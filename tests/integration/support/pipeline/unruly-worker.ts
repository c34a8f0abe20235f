import type { Env } from '../../../../durable-objects/env.ts'
import { readQueueMessage } from '../../../../shared/core/wire/queue-message.ts'
import worker from '../../../../workers/index.ts'
import { giveUnruly, type Mischief } from './unruly-queue.ts'

// Petrel as it is, but for its queue of events: an entry for `wrangler dev` in tests alone.
export * from '../../../../workers/index.ts'

const EVENTS = 'petrel-events'
const mischief: Mischief = { received: 0, doubled: 0, heldBack: 0, givenAgain: 0 }

export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url)
    if (pathname === '/unruly/mischief') return Response.json(mischief)
    if (pathname === '/unruly/deliver') return deliver(request, env, context)
    return worker.fetch(request, env, context)
  },

  queue(batch, env, context) {
    if (batch.queue !== EVENTS) return worker.queue(batch, env, context)
    return giveUnruly(batch, nameOf, (part) => worker.queue(part, env, context), mischief)
  },

  scheduled: worker.scheduled,
} satisfies ExportedHandler<Env>

function nameOf({ id, body }: Message): string {
  const read = readQueueMessage(body)
  return (read.success && read.message.events[0]?.event.id) || id
}

/** Gives the consumer a message that is larger than a queue would carry (128 KB). */
async function deliver(
  request: Request<unknown, IncomingRequestCfProperties>,
  env: Env,
  context: ExecutionContext,
): Promise<Response> {
  let verdict = 'none'
  const message: Message = {
    id: crypto.randomUUID(),
    timestamp: new Date(),
    body: await request.text(),
    attempts: 1,
    ack: () => {
      verdict = 'acknowledged'
    },
    retry: () => {
      verdict = 'retried'
    },
  }
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } }
  const none = () => {}
  await worker.queue(
    { queue: EVENTS, messages: [message], metadata, ackAll: none, retryAll: none },
    env,
    context,
  )
  return Response.json({ verdict })
}
