import type { AwsCredentialsProvider } from '../aws/credentials.ts'
import { type AwsCredentials, type AwsWorld, postToAws } from '../aws/request.ts'
import { PortError } from '../port-error.ts'
import { type PutAnswer, readAnswer } from './answers.ts'
import { callBody, type FirehoseRecord } from './records.ts'

/** The outcome of a call that takes longer is unknown. */
const ANSWER_TIMEOUT_MS = 10_000

export interface FirehoseAccess {
  readonly stream: string
  readonly region: string
  /** Replaces Firehose's own address. */
  readonly endpoint?: string | undefined
  readonly credentials: AwsCredentialsProvider
}

type PutResult = Exclude<PutAnswer, { kind: 'expired' }>

/** Calls `PutRecordBatch` once for each batch and renews expired credentials. Never throws for a fault of Firehose or STS. */
export class FirehoseClient {
  readonly #access: FirehoseAccess
  readonly #world: AwsWorld

  constructor(access: FirehoseAccess, world: AwsWorld) {
    this.#access = access
    this.#world = world
  }

  /** Puts one record or more, up to the limits of one call. */
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
      timeoutMs: ANSWER_TIMEOUT_MS,
    }
    try {
      return readAnswer(await postToAws(request, credentials, this.#world), batch.length)
    } catch (thrown) {
      // The error's own text may quote the request.
      const late = thrown instanceof Error && thrown.name === 'TimeoutError'
      const error = late
        ? `Firehose did not answer in ${ANSWER_TIMEOUT_MS} ms`
        : 'Firehose could not be reached'
      return { kind: 'busy', error }
    }
  }
}

function sameCredentials(one: AwsCredentials, other: AwsCredentials): boolean {
  return one.accessKeyId === other.accessKeyId && one.sessionToken === other.sessionToken
}
