import { z } from 'zod'
import { type CloudEvent, cloudEventSchema } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { instantOf } from '../../shared/core/time.ts'
import { type TelemetrySource, telemetry } from '../telemetry.ts'

/** An event that a sink will never take as it is, and why. */
export interface DeadLetterEvent {
  readonly event: CloudEvent
  readonly sink: string
  readonly reason: string
  /** Of an event of a log: its aggregate and version. */
  readonly position: { readonly stream: Stream; readonly version: number } | null
}

const keptSchema = z.object({ event: cloudEventSchema })

/** Keeps an event whole in the lake bucket and raises `SystemError`; returns the key. @throws if R2 is down */
export async function storeDeadLetter(
  source: TelemetrySource,
  refused: DeadLetterEvent,
  now: number,
): Promise<string> {
  const { event, sink, reason, position } = refused
  const key = keyOf(refused)
  await source.env.LAKE.put(
    key,
    JSON.stringify({
      reason,
      sink,
      ...(position && { stream: { ...position.stream, version: position.version } }),
      event,
      at: instantOf(now),
    }),
    { httpMetadata: { contentType: 'application/json' } },
  )
  // One about an event of the context `system` could be refused too, and so on without end.
  if (!event.type.startsWith('system.'))
    reportDeadLetter(source, { sink, eventId: event.id, eventType: event.type, reason, key })
  return key
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

/** Reads an event that was set aside; `null` if it is not there any more. */
export async function readDeadLetter(bucket: R2Bucket, key: string): Promise<CloudEvent | null> {
  const object = await bucket.get(key)
  return object && keptSchema.parse(await object.json()).event
}

/** Where an event is kept: always at the same place, so that to keep it again changes nothing. */
function keyOf({ event, sink }: DeadLetterEvent): string {
  const [context = 'unknown', type = 'unknown'] = event.type.split('.')
  const folder = `sink=${plain(sink)}/context=${plain(context)}/type=${plain(type)}/dt=${event.time.slice(0, 10)}`
  return `refused/${folder}/${plain(event.id)}.json`
}

/** Text that stays one part of a path. */
function plain(text: string): string {
  return text.replace(/[^\w:.@-]/g, '_').slice(0, 300)
}
