import type { CloudEvent } from '../../core/cloud-event.ts'
import { awsCredentials } from '../aws/credentials.ts'
import { type AwsWorld, awsWorld } from '../aws/request.ts'
import type { EventSink, SinkOutcome } from '../event-sink.ts'
import { PortError } from '../port-error.ts'
import { type FirehoseAccess, FirehoseClient } from './client.ts'
import { FirehoseBatch } from './forwarding.ts'
import { MAX_RECORDS } from './records.ts'
import { deliveryStreamSchema, firehoseSettings } from './settings.ts'

/** JSON of so many bytes fits into one call, base64 and all. */
const BYTES = 3_000_000

/** How to reach the delivery stream, and how to go about it. */
interface FirehoseSinkOptions extends FirehoseAccess {
  /**
   * `true`: a call holds no two events of one aggregate, and a later one follows only when Firehose has the
   * earlier, so that Firehose receives them in order even where it takes a call in part. Nothing follows an
   * event that was refused. Without it all go in as few calls as possible, and an event that had to be sent
   * again arrives after later ones of its aggregate; `sequence` tells their order.
   */
  readonly strictOrder?: boolean
  readonly world?: AwsWorld
}

/**
 * Amazon Data Firehose: `PutRecordBatch` with one line of CloudEvents JSON for each record. What Firehose takes
 * in part is sent again in part, with growing waits, for some ten seconds; what is left then is `retry`. A call
 * whose answer was lost is sent again, so an event may arrive twice: readers deduplicate by `id`.
 */
export class FirehoseSink implements EventSink {
  readonly name: string
  readonly limits = { events: MAX_RECORDS, bytes: BYTES }
  readonly #client: FirehoseClient
  readonly #options: { readonly strictOrder: boolean; readonly world: AwsWorld }

  constructor({ strictOrder = false, world = awsWorld, ...access }: FirehoseSinkOptions) {
    this.name = `firehose:${access.stream}`
    this.#client = new FirehoseClient(access, world)
    this.#options = { strictOrder, world }
  }

  deliver(events: readonly CloudEvent[]): Promise<SinkOutcome[]> {
    return new FirehoseBatch(this.#client, this.#options).run(events)
  }
}

/**
 * The sink of these bindings.
 *
 * @param target another delivery stream than FIREHOSE_STREAM
 * @throws PortError `unavailable`, `not_configured`, which names variables and never their values;
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
