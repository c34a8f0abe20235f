import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { cloudEventSchema } from '../../../shared/core/cloud-event.ts'
import { type KafkaSink, openKafkaSink } from '../../../shared/ports/kafka/sink.ts'

/** What a sink is asked over HTTP: its bindings, which count with the first request, and the events. */
const deliverySchema = z.object({
  env: z.record(z.string(), z.string()),
  events: z.array(cloudEventSchema),
})

/** Holds a KafkaSink between requests, as a forwarder does. */
export class KafkaSinkObject extends DurableObject {
  #sink: KafkaSink | null = null

  override async fetch(request: Request): Promise<Response> {
    const { env, events } = deliverySchema.parse(await request.json())
    this.#sink ??= openKafkaSink(env)
    return Response.json(await this.#sink.deliver(events))
  }
}

export default {
  fetch: (request, env) => env.SINKS.getByName(new URL(request.url).pathname).fetch(request),
} satisfies ExportedHandler<{ readonly SINKS: DurableObjectNamespace<KafkaSinkObject> }>
