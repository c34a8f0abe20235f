import { z } from 'zod'
import type { AwsAnswer } from '../aws/request.ts'

/** What Firehose made of one call, or why it made nothing of it. Errors are for the log and name no value. */
export type PutAnswer =
  /** For each record: `null` when Firehose has it, else why not. */
  | { readonly kind: 'taken'; readonly errors: readonly (string | null)[] }
  /** It may be taken in a moment. */
  | { readonly kind: 'busy'; readonly error: string }
  /** The credentials have ended. */
  | { readonly kind: 'expired'; readonly error: string }
  /** A record in it will never be taken; which one is not said. */
  | { readonly kind: 'invalid'; readonly error: string }
  /** Nothing will be taken before an operator has mended something. */
  | { readonly kind: 'misconfigured'; readonly error: string }

/** Errors of `PutRecordBatch`, and those that any service of AWS may give, which pass by themselves. */
const BUSY =
  /^(Throttl|RequestThrottl|TooManyRequests|RequestLimitExceeded|LimitExceeded|BandwidthLimitExceeded|ProvisionedThroughputExceeded|PriorRequestNotComplete|SlowDown|ServiceUnavailable|InternalFailure|InternalServerError|InternalServiceError|RequestTimeout)/
const INVALID = /^(InvalidArgument|Validation)(Exception|Error)$/
/** An argument that is wrong in every call: the stream's name, or a stream that takes nothing from outside. */
const ABOUT_THE_STREAM = /delivery ?stream|operation is not permitted/i

/** What an operator has to mend, by the code of the error. */
const mistakes: readonly (readonly [RegExp, string])[] = [
  [/^ResourceNotFound/, 'there is no delivery stream FIREHOSE_STREAM in AWS_REGION'],
  [/^AccessDenied|^NotAuthorized/, 'the credentials may not do firehose:PutRecordBatch on FIREHOSE_STREAM'],
  [
    /^InvalidSignature|^SignatureDoesNotMatch|^IncompleteSignature/,
    'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID',
  ],
  [
    /^UnrecognizedClient|^InvalidClientTokenId|^MissingAuthenticationToken/,
    'AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN is not known',
  ],
  [/^InvalidKMSResource|^KMS/, 'the key that encrypts the delivery stream cannot be used'],
  [/^InvalidSource/, 'the delivery stream takes records of CloudWatch Logs only'],
  [/^RequestExpired/, 'the clocks of this machine and of AWS differ'],
  [/^OptInRequired|^SubscriptionRequired/, 'the account has no access to Firehose in AWS_REGION'],
]

const takenSchema = z.object({
  FailedPutCount: z.int().min(0),
  RequestResponses: z.array(z.object({ RecordId: z.string().nullish(), ErrorCode: z.string().nullish() })),
})

/** Sorts an answer to a call of `PutRecordBatch` with so many records. */
export function readAnswer(answer: AwsAnswer, records: number): PutAnswer {
  if (answer.status === 200) return readTaken(answer.text, records)
  const { code, message } = errorOf(answer)
  const what = `${code ?? 'no code'}, HTTP ${answer.status}`
  if (code && /^ExpiredToken/.test(code))
    return { kind: 'expired', error: `the credentials for Firehose have ended (${what})` }
  if (code && INVALID.test(code))
    return ABOUT_THE_STREAM.test(message)
      ? {
          kind: 'misconfigured',
          error: `FIREHOSE_STREAM cannot be put to: see its name and source (${what})`,
        }
      : { kind: 'invalid', error: `Firehose does not take the record (${what})` }
  if (answer.status === 413) return { kind: 'invalid', error: `Firehose does not take the record (${what})` }
  if (!code && (answer.status === 401 || answer.status === 403))
    return {
      kind: 'misconfigured',
      error: `Firehose does not take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${what})`,
    }
  const mistake = mistakes.find(([pattern]) => pattern.test(code ?? ''))
  if (mistake) return { kind: 'misconfigured', error: `${mistake[1]} (${what})` }
  if (answer.status >= 500 || answer.status === 429 || BUSY.test(code ?? ''))
    return { kind: 'busy', error: `Firehose takes no more for now (${what})` }
  return { kind: 'misconfigured', error: `Firehose does not take the call (${what})` }
}

function readTaken(text: string, records: number): PutAnswer {
  const taken = takenSchema.safeParse(json(text))
  if (!taken.success || taken.data.RequestResponses.length !== records)
    // Something may have been taken all the same; readers drop what comes twice.
    return { kind: 'busy', error: 'the answer is none that Firehose gives' }
  const errors = taken.data.RequestResponses.map(({ RecordId: id, ErrorCode: code }) =>
    id && !code ? null : `Firehose did not take the record (${safe(code ?? '')})`,
  )
  return { kind: 'taken', errors }
}

/**
 * The code of an error, which stands in the body (`com.amazonaws.firehose.v20150804#CodeException`) or in a header
 * (`CodeException:http://…`). The message may quote the request, credentials included: it is never passed on.
 */
function errorOf({ headers, text }: AwsAnswer): { code: string | undefined; message: string } {
  const body = z
    .object({ __type: z.string().optional(), message: z.string().optional(), Message: z.string().optional() })
    .safeParse(json(text))
  const { __type: type, message, Message } = body.data ?? {}
  const raw = type ?? headers.get('x-amzn-errortype') ?? undefined
  const code = raw?.split('#').pop()?.split(':')[0]
  return { code: code && safe(code), message: message ?? Message ?? '' }
}

/** A code as it may stand in a log: words of letters and nothing else. */
function safe(code: string): string {
  return /^[A-Za-z.]{1,60}$/.test(code) ? code : 'UnknownError'
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
