import type { AwsCredentialsProvider } from '../aws/credentials.ts'
import { type AwsCredentials, type AwsWorld, postToAws } from '../aws/request.ts'
import { PortError } from '../port-error.ts'
import { type PutAnswer, readAnswer } from './answers.ts'
import { callBody, type FirehoseRecord } from './records.ts'

/** How long Firehose may take for one call (ms). What became of a call that took longer is not known. */
const ANSWER_WITHIN = 10_000

/** How to reach one delivery stream. */
export interface FirehoseAccess {
  readonly stream: string
  readonly region: string
  /** Another address than Firehose's own. */
  readonly endpoint?: string | undefined
  readonly credentials: AwsCredentialsProvider
}

/** What came of a call; credentials that have ended were renewed where they can be. */
type PutResult = Exclude<PutAnswer, { kind: 'expired' }>

/** Calls `PutRecordBatch`, once for each batch. Never throws for what Firehose or STS may do. */
export class FirehoseClient {
  readonly #access: FirehoseAccess
  readonly #world: AwsWorld

  constructor(access: FirehoseAccess, world: AwsWorld) {
    this.#access = access
    this.#world = world
  }

  /** Puts at least one record and no more than fit into one call. */
  async put(batch: readonly FirehoseRecord[]): Promise<PutResult> {
    try {
      const credentials = await this.#access.credentials()
      const answer = await this.#call(batch, credentials)
      if (answer.kind !== 'expired') return answer
      const renewed = await this.#access.credentials.refresh(credentials)
      const again = sameCredentials(renewed, credentials) ? answer : await this.#call(batch, renewed)
      return again.kind === 'expired' ? { kind: 'misconfigured', error: again.error } : again
    } catch (thrown) {
      if (!(thrown instanceof PortError)) throw thrown
      return { kind: 'misconfigured', error: thrown.message }
    }
  }

  async #call(batch: readonly FirehoseRecord[], credentials: AwsCredentials): Promise<PutAnswer> {
    const { stream, region, endpoint } = this.#access
    const request = {
      service: 'firehose',
      region,
      endpoint,
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'Firehose_20150804.PutRecordBatch',
      },
      body: callBody(stream, batch),
      answerWithin: ANSWER_WITHIN,
    }
    try {
      return readAnswer(await postToAws(request, credentials, this.#world), batch.length)
    } catch (thrown) {
      // The fault's own text may quote the request.
      const late = thrown instanceof Error && thrown.name === 'TimeoutError'
      const error = late ? `Firehose did not answer in ${ANSWER_WITHIN} ms` : 'Firehose could not be reached'
      return { kind: 'busy', error }
    }
  }
}

function sameCredentials(one: AwsCredentials, other: AwsCredentials): boolean {
  return one.accessKeyId === other.accessKeyId && one.sessionToken === other.sessionToken
}
