import { z } from 'zod'
import { type AnyCloudEvent, anyCloudEventSchema } from '../cloud-event.ts'
import { streamSchema } from '../projection.ts'
import { isCloudEvent } from './serialized-event.ts'

// Messages of earlier releases are JSON values with CloudEvents in them: of one event (the first form), and of all events
// that were published together. Queues and buckets of dead letters may still hold them.

type Sequenced = AnyCloudEvent & { sequence: string | number }

/** A CloudEvent, with its fields in the order in which they came: they are written in it. */
const asItCame = z.custom<AnyCloudEvent>(isCloudEvent)
const sequenced = z.custom<Sequenced>((value) => isCloudEvent(value) && value.sequence !== undefined)

const shard = z.int().min(0).optional()

function singleOf<Event extends z.ZodType<AnyCloudEvent>>(event: Event) {
  return z.object({
    stream: z
      .object({
        kind: z.string(),
        id: z.string(),
        version: z.int().min(1),
        confirmed: z.int().min(0).optional(),
        shard,
      })
      .optional(),
    event,
  })
}

function publicationOf<Event extends z.ZodType<Sequenced>>(event: Event) {
  return z.object({
    stream: streamSchema,
    shard,
    confirmed: z.int().min(0),
    events: z.array(event).min(1),
    listing: z.object({ version: z.int().min(1), text: z.string() }).optional(),
  })
}

const single = { asItCame: singleOf(asItCame), any: singleOf(anyCloudEventSchema) }
const publication = {
  asItCame: publicationOf(sequenced),
  any: publicationOf(anyCloudEventSchema.required({ sequence: true })),
}

/** A message of one event. Consumers of earlier releases also gave it to forwarders. */
export type SingleMessage = z.infer<typeof single.any>
/** A message of events that an aggregate published together. */
export type PublicationMessage = z.infer<typeof publication.any>

/** The message in a value. Unknown fields are left out. @throws ZodError for anything else */
export function readSingleMessage(value: unknown): SingleMessage {
  return single.asItCame.safeParse(value).data ?? single.any.parse(value)
}

/** The message in a value. Unknown fields are left out. @throws ZodError for anything else */
export function readPublicationMessage(value: unknown): PublicationMessage {
  return publication.asItCame.safeParse(value).data ?? publication.any.parse(value)
}
