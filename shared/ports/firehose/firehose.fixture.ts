import { z } from 'zod'
import { type CloudEvent, sequenceOf, unsequencedCloudEvent } from '../../core/cloud-event.ts'
import { serialized } from '../../core/wire/serialized-event.ts'
import { awsBindings, type Scripted, ScriptedWorld, type SentToAws } from '../aws/aws.fixture.ts'
import { awsCredentials } from '../aws/credentials.ts'
import { FirehoseSink } from './sink.ts'

/** An event of an aggregate with data of this length. */
export function eventOf(aggregate: string, version: number, padding = 0): CloudEvent {
  const event = unsequencedCloudEvent({
    origin: 'https://shop.example',
    id: `${aggregate}/${version}`,
    context: 'order',
    type: 'OrderNoted',
    subject: aggregate,
    time: '2026-11-23T12:00:00.000Z',
    category: 'business',
    trace: { correlationId: 'c' },
    data: { note: 'x'.repeat(padding) },
  })
  return { ...event, sequence: sequenceOf(version) }
}

/** An event with JSON of exactly this size. */
export function eventOfBytes(aggregate: string, version: number, bytes: number): CloudEvent {
  return eventOf(aggregate, version, bytes - JSON.stringify(eventOf(aggregate, version)).length)
}

const bodySchema = z.strictObject({
  DeliveryStreamName: z.string(),
  Records: z.array(z.strictObject({ Data: z.string() })),
})

/** The stream and the lines of a call. */
export function readCall({ body }: SentToAws): { stream: string; lines: string[] } {
  const { DeliveryStreamName: stream, Records: records } = bodySchema.parse(JSON.parse(body))
  return { stream, lines: records.map(({ Data: data }) => Buffer.from(data, 'base64').toString('utf8')) }
}

/** The ids of the events of a call. */
export function idsOf(sent: SentToAws): string[] {
  return readCall(sent).lines.map((line) => z.object({ id: z.string() }).parse(JSON.parse(line)).id)
}

/** An answer of Firehose that takes all but those for which there is a code. */
export function taken(errors: readonly (string | null)[]): Scripted {
  const responses = errors.map((code, place) =>
    code === null ? { RecordId: `record-${place}` } : { ErrorCode: code, ErrorMessage: 'Slow down.' },
  )
  const failed = errors.filter((code) => code !== null).length
  return { body: JSON.stringify({ FailedPutCount: failed, Encrypted: false, RequestResponses: responses }) }
}

/** An error of Firehose in its JSON protocol. */
export function refusal(code: string, message = '', status = 400): Scripted {
  return { status, body: JSON.stringify({ __type: code, message }) }
}

/** Answers a call with its event ids; `null` takes all. */
export type Script = (ids: string[], call: number) => Scripted | null

/** How a scripted Firehose differs from a plain one. */
export interface ScriptedFirehoseOptions {
  readonly strictOrder?: boolean
  /** The sink has a role, and asks STS for its credentials, which answers so. */
  readonly assumeRole?: (call: number) => Scripted
}

/** A sink in front of a scripted Firehose. */
export function scriptedFirehose(script: Script, options: ScriptedFirehoseOptions = {}) {
  const { strictOrder = false, assumeRole } = options
  let assumed = 0
  const puts: SentToAws[] = []
  const world = new ScriptedWorld((sent) => {
    if (assumeRole && sent.url.startsWith('https://sts.')) return assumeRole(assumed++)
    puts.push(sent)
    const ids = idsOf(sent)
    return script(ids, puts.length - 1) ?? taken(ids.map(() => null))
  })
  const role = assumeRole && { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/petrel' }
  const sink = new FirehoseSink({
    stream: 'petrel-events',
    region: 'eu-central-1',
    credentials: awsCredentials({ ...awsBindings, ...role }, world),
    strictOrder,
    world,
  })
  return {
    world,
    sink: {
      limits: sink.limits,
      deliver: (events: readonly CloudEvent[]) => sink.deliver(events.map(serialized)),
    },
    puts,
    calls: () => puts.map(idsOf),
  }
}
