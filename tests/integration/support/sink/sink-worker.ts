import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { cloudEventSchema } from '../../../../shared/core/cloud-event.ts'
import { serialized } from '../../../../shared/core/wire/serialized-event.ts'
import type { EventSink } from '../../../../shared/ports/event-sink.ts'
import { firehoseSink } from '../../../../shared/ports/firehose/sink.ts'
import { openKafkaSink } from '../../../../shared/ports/kafka/sink.ts'

// An object that holds a sink, as a forwarder does: an entry for tests alone.

const sinks = { firehose: firehoseSink, kafka: openKafkaSink }

const deliverySchema = z.object({
  sink: z.enum(['firehose', 'kafka']),
  bindings: z.record(z.string(), z.string()),
  target: z.string().optional(),
  events: z.array(cloudEventSchema),
})

/** Opens its sink with the first delivery and keeps it. */
export class SinkObject extends DurableObject {
  #sink: EventSink | null = null

  override async fetch(request: Request): Promise<Response> {
    const { sink, bindings, target, events } = deliverySchema.parse(await request.json())
    this.#sink ??= sinks[sink](bindings, target)
    return Response.json(await this.#sink.deliver(events.map(serialized)))
  }
}

export default {
  fetch(request, { SINK }) {
    return SINK.getByName(new URL(request.url).pathname).fetch(request)
  },
} satisfies ExportedHandler<{ SINK: DurableObjectNamespace<SinkObject> }>
