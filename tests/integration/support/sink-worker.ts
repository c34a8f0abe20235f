import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { cloudEventSchema } from '../../../shared/core/cloud-event.ts'
import type { EventSink } from '../../../shared/ports/event-sink.ts'
import { firehoseSink } from '../../../shared/ports/firehose/sink.ts'

// An object that holds a sink, as a forwarder does: an entry for tests alone.

const deliverySchema = z.object({
  bindings: z.record(z.string(), z.string()),
  target: z.string().optional(),
  events: z.array(cloudEventSchema),
})

/** Keeps the sink of the first delivery that it is given. */
export class SinkObject extends DurableObject {
  #sink: EventSink | null = null

  override async fetch(request: Request): Promise<Response> {
    const { bindings, target, events } = deliverySchema.parse(await request.json())
    this.#sink ??= firehoseSink(bindings, target)
    return Response.json(await this.#sink.deliver(events))
  }
}

export default {
  fetch(request, { SINK }) {
    return SINK.getByName(new URL(request.url).pathname).fetch(request)
  },
} satisfies ExportedHandler<{ SINK: DurableObjectNamespace<SinkObject> }>
