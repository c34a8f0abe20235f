import { z } from 'zod'
import { type CloudEvent, cloudEventSchema } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { instantOf } from '../../shared/core/time.ts'
import { type TelemetrySource, telemetry } from '../telemetry.ts'

/** An event that cannot be delivered, and why. */
export interface DeadLetter {
  readonly event: CloudEvent
  readonly sink: string
  readonly reason: string
  /** `null` for an unsequenced event. */
  readonly position: { readonly stream: Stream; readonly version: number } | null
}

/** A dead letter that is in the lake bucket. */
export interface StoredDeadLetter extends DeadLetter {
  /** Of its object in the bucket. */
  readonly key: string
}

const storedSchema = z.object({ event: cloudEventSchema })

/**
 * Stores a dead letter whole in the lake bucket and raises `SystemError`.
 *
 * @throws Error if R2 is down
 */
export async function storeDeadLetter(
  source: TelemetrySource,
  letter: DeadLetter,
): Promise<StoredDeadLetter> {
  const { event, sink, reason, position } = letter
  const key = keyOf(letter)
  await source.env.LAKE.put(
    key,
    JSON.stringify({
      reason,
      sink,
      ...(position && { stream: { ...position.stream, version: position.version } }),
      event,
      at: instantOf(Date.now()),
    }),
    { httpMetadata: { contentType: 'application/json' } },
  )
  // A `SystemError` may be refused too, and would raise the next one, without end.
  if (!event.type.startsWith('system.'))
    reportDeadLetter(source, { sink, eventId: event.id, eventType: event.type, reason, key })
  return { ...letter, key }
}

/** Raises `SystemError` for an event that will not reach the sink. */
export function reportDeadLetter(
  source: TelemetrySource,
  about: { sink: string; eventId: string; eventType: string; reason: string; key: string },
): void {
  telemetry.emit(
    source,
    'SystemError',
    { fault: 'event_set_aside', ...about },
    { subject: about.eventId, id: `SystemError/set-aside/${about.sink}/${about.eventId}` },
  )
}

/** Reads the event of a dead letter; `null` if it is not in the bucket. */
export async function readDeadLetter(bucket: R2Bucket, key: string): Promise<CloudEvent | null> {
  const object = await bucket.get(key)
  return object && storedSchema.parse(await object.json()).event
}

/** The key of a dead letter. It is always the same, so that storing it again changes nothing. */
function keyOf({ event, sink }: DeadLetter): string {
  const [context = 'unknown', type = 'unknown'] = event.type.split('.')
  const folder = `sink=${pathPart(sink)}/context=${pathPart(context)}/type=${pathPart(type)}/dt=${event.time.slice(0, 10)}`
  return `refused/${folder}/${pathPart(event.id)}.json`
}

/** Text that stays one part of a path. */
function pathPart(text: string): string {
  return text.replace(/[^\w:.@-]/g, '_').slice(0, 300)
}
