import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { type HttpService, jsonAnswer, type ServiceAnswer, type ServiceRequest } from './service.ts'

// Limits of https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
const MAX_RECORDS = 500
const MAX_RECORD_BYTES = 1_024_000
const MAX_CALL_BYTES = 4 * 1024 * 1024

const callSchema = z.strictObject({
  DeliveryStreamName: z.string(),
  Records: z.array(z.strictObject({ Data: z.base64() })).min(1),
})

/** A line that Firehose has taken. */
export interface FirehoseLine {
  readonly stream: string
  readonly text: string
  /** Unix ms. */
  readonly at: number
}

interface FirehoseStandInSettings {
  /** The delivery streams that exist. */
  readonly streams: readonly string[]
  readonly accessKeyId: string
}

/** Amazon Data Firehose: `PutRecordBatch` in AWS JSON 1.1. */
export class FirehoseStandIn implements HttpService {
  /** Set to refuse records of the next calls, by their place in the call (from 0). */
  refuseSome: ((place: number) => boolean) | null = null
  /** Set to refuse whole calls, as Firehose does above the throughput of a stream. */
  throttled = false
  /** Set to take no call with such a line: Firehose never says which record of a call is the wrong one. */
  refuseForGood: (line: string) => boolean = () => false
  readonly #settings: FirehoseStandInSettings
  readonly #lines: FirehoseLine[] = []
  #accepted = 0

  constructor(settings: FirehoseStandInSettings) {
    this.#settings = settings
  }

  /** All lines of all records, in the order in which they were taken. */
  records(): readonly FirehoseLine[] {
    return this.#lines
  }

  answer(request: ServiceRequest, now: number): ServiceAnswer {
    const { headers, body } = request
    if (headers['x-amz-target'] !== 'Firehose_20150804.PutRecordBatch')
      return refusal(400, 'UnknownOperationException')
    if (headers['content-type'] !== 'application/x-amz-json-1.1')
      return refusal(404, 'UnknownOperationException')
    const key = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\//.exec(headers.authorization ?? '')?.[1]
    if (key === undefined) return refusal(400, 'MissingAuthenticationTokenException')
    if (key !== this.#settings.accessKeyId) return refusal(400, 'UnrecognizedClientException')
    if (this.throttled) return refusal(400, 'ThrottlingException', 'Rate exceeded')
    const call = callSchema.safeParse(json(body))
    if (!call.success) return refusal(400, 'SerializationException')
    return this.#put(call.data, now)
  }

  #put(
    { DeliveryStreamName: stream, Records: records }: z.output<typeof callSchema>,
    now: number,
  ): ServiceAnswer {
    if (!this.#settings.streams.includes(stream))
      return refusal(400, 'ResourceNotFoundException', `Firehose ${stream} not found under this account.`)
    const all = records.map(({ Data: data }) => Buffer.from(data, 'base64'))
    const bytes = all.reduce((total, { length }) => total + length, 0)
    if (all.length > MAX_RECORDS || bytes > MAX_CALL_BYTES)
      return refusal(400, 'InvalidArgumentException', 'Records are above the limits of one call.')
    if (all.some(({ length }) => length === 0 || length > MAX_RECORD_BYTES))
      return refusal(400, 'InvalidArgumentException', 'A record is empty, or above the limit of one record.')
    if (all.some((record) => this.refuseForGood(record.toString('utf8').trimEnd())))
      return refusal(400, 'InvalidArgumentException', 'A record is invalid.')
    const responses = all.map((record, place) =>
      this.refuseSome?.(place) ? refusedRecord(place) : this.#take(stream, record, now),
    )
    return jsonAnswer(200, {
      FailedPutCount: responses.filter((response) => 'ErrorCode' in response).length,
      Encrypted: false,
      RequestResponses: responses,
    })
  }

  #take(stream: string, record: Buffer, now: number): { RecordId: string } {
    const lines = record.toString('utf8').split('\n')
    for (const text of lines) if (text !== '') this.#lines.push({ stream, text, at: now })
    this.#accepted += 1
    return { RecordId: `record-${this.#accepted}` }
  }
}

/** The lines of a call, in their order. */
export function linesOfCall(body: string): string[] {
  const call = callSchema.safeParse(json(body))
  const records = call.success ? call.data.Records : []
  return records.map(({ Data: data }) => Buffer.from(data, 'base64').toString('utf8').trimEnd())
}

/** Both errors that Firehose has for a single record. */
function refusedRecord(place: number): { ErrorCode: string; ErrorMessage: string } {
  return place % 2 === 0
    ? { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }
    : { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal failure.' }
}

function refusal(status: number, code: string, message = ''): ServiceAnswer {
  return jsonAnswer(status, { __type: code, message }, { 'x-amzn-errortype': code })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
