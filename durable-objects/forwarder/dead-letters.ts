import { z } from 'zod'
import { anyCloudEventSchema } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { type Instant, instantSchema, SECOND } from '../../shared/core/time.ts'
import { type SerializedEvent, serialized } from '../../shared/core/wire/serialized-event.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { clock } from '../sandbox/clock.ts'
import { type TelemetrySource, telemetry } from '../telemetry.ts'

/** Time limit of a call to the lake bucket (ms). Without one, a forwarder would wait for it for ever. */
const BUCKET_TIMEOUT_MS = 10 * SECOND

/** An event that cannot be delivered, and why. */
export interface DeadLetter {
  readonly event: SerializedEvent
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

const storedSchema = z.object({ event: anyCloudEventSchema })
const reportSchema = z.object({ reason: z.string(), at: instantSchema })

/**
 * Stores a dead letter whole in the lake bucket and raises `SystemError`. A forwarder that died before its checkpoint
 * does so again: it finds the dead letter, and raises the same event once more.
 *
 * @throws Error if R2 is down, or does not answer in time
 */
export async function storeDeadLetter(
  source: TelemetrySource,
  letter: DeadLetter,
): Promise<StoredDeadLetter> {
  const { event, sink, position } = letter
  const key = keyOf(letter)
  const before = await readReport(source.env.LAKE, key)
  const { reason, at } = before ?? { reason: letter.reason, at: await now(source) }
  if (!before) {
    const stream = position && { stream: { ...position.stream, version: position.version } }
    const text = JSON.stringify({ reason, sink, ...stream, event: JSON.parse(event.text), at })
    const stored = source.env.LAKE.put(key, text, { httpMetadata: { contentType: 'application/json' } })
    await withTimeLimit(stored, BUCKET_TIMEOUT_MS, 'storing a dead letter')
  }
  // A `SystemError` may be refused too, and would raise the next one, without end.
  if (!event.type.startsWith('system.'))
    reportDeadLetter(source, { sink, eventId: event.id, eventType: event.type, reason, key }, at)
  return { ...letter, key }
}

/** What has been said about a dead letter that is in the bucket. */
async function readReport(bucket: R2Bucket, key: string): Promise<z.infer<typeof reportSchema> | null> {
  const stored = await readJson(bucket, key)
  return reportSchema.safeParse(stored).data ?? null
}

async function now({ env }: TelemetrySource): Promise<Instant> {
  await clock.sync(env)
  return clock.now()
}

/** Raises `SystemError` for an event that will not reach the sink: of a time (UTC), or of now. */
export function reportDeadLetter(
  source: TelemetrySource,
  about: { sink: string; eventId: string; eventType: string; reason: string; key: string },
  time?: Instant,
): void {
  telemetry.emit(
    source,
    'SystemError',
    { fault: 'event_set_aside', ...about },
    {
      subject: about.eventId,
      id: `SystemError/set-aside/${about.sink}/${about.eventId}`,
      ...(time !== undefined && { time }),
    },
  )
}

/** Reads the event of a dead letter; `null` if it is not in the bucket. @throws Error if R2 is down, or does not answer */
export async function readDeadLetter(bucket: R2Bucket, key: string): Promise<SerializedEvent | null> {
  const stored = await readJson(bucket, key)
  return stored === null ? null : serialized(storedSchema.parse(stored).event)
}

/** @throws Error if R2 is down, or does not answer in time */
export async function removeDeadLetter(bucket: R2Bucket, key: string): Promise<void> {
  await withTimeLimit(bucket.delete(key), BUCKET_TIMEOUT_MS, 'removing a dead letter')
}

/** The content of an object of the bucket; `null` if there is none. */
function readJson(bucket: R2Bucket, key: string): Promise<unknown> {
  const read = async () => (await bucket.get(key))?.json() ?? null
  return withTimeLimit(read(), BUCKET_TIMEOUT_MS, 'reading a dead letter')
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
