import type { SerializedEvent } from '../../core/wire/serialized-event.ts'
import { awsCredentials } from '../aws/credentials.ts'
import { type AwsWorld, awsWorld } from '../aws/request.ts'
import type { EventSink, SinkOutcome } from '../event-sink.ts'
import { PortError } from '../port-error.ts'
import { type FirehoseAccess, FirehoseClient } from './client.ts'
import { FirehoseBatch } from './forwarding.ts'
import { MAX_RECORDS } from './records.ts'
import { deliveryStreamSchema, firehoseSettings } from './settings.ts'

/** JSON of this size fits into one call after base64. */
const MAX_BATCH_BYTES = 3_000_000

interface FirehoseSinkOptions extends FirehoseAccess {
  /**
   * `true`: a call holds one event of each aggregate at most, and the next one is sent after Firehose has
   * accepted it, so that events arrive in order even where Firehose accepts a call in part. No event follows a
   * refused one. `false`: as few calls as possible; an event that is sent again arrives after later events of
   * its aggregate, and `sequence` gives their order.
   */
  readonly strictOrder?: boolean
  readonly world?: AwsWorld
}

/**
 * Amazon Data Firehose: `PutRecordBatch` with one line of CloudEvents JSON for each record. Records that fail are
 * sent again with growing waits for about ten seconds; the rest is `retry`. A call whose answer is lost is
 * sent again, so an event may arrive twice: readers deduplicate by `id`.
 */
export class FirehoseSink implements EventSink {
  readonly name: string
  readonly limits = { events: MAX_RECORDS, bytes: MAX_BATCH_BYTES }
  readonly #client: FirehoseClient
  readonly #options: { readonly strictOrder: boolean; readonly world: AwsWorld }

  constructor({ strictOrder = false, world = awsWorld, ...access }: FirehoseSinkOptions) {
    this.name = `firehose:${access.stream}`
    this.#client = new FirehoseClient(access, world)
    this.#options = { strictOrder, world }
  }

  deliver(events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    return new FirehoseBatch(this.#client, this.#options).run(events)
  }
}

/**
 * The sink of these bindings.
 *
 * @param target another delivery stream than FIREHOSE_STREAM
 * @throws PortError `unavailable`, `not_configured`, which names variables, never their values;
 *   `rejected` for a target that cannot be the name of a delivery stream
 */
export function firehoseSink(env: object, target?: string): FirehoseSink {
  const { stream, strictOrder, aws } = firehoseSettings(env)
  if (target !== undefined && !deliveryStreamSchema.safeParse(target).success)
    throw new PortError(
      'rejected',
      'no_delivery_stream',
      `${target.slice(0, 80)} is no delivery stream: a name has up to 64 letters, digits, and _ . -`,
    )
  return new FirehoseSink({
    stream: target ?? stream,
    strictOrder,
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: awsCredentials(env),
  })
}
