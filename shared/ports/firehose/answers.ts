import { z } from 'zod'
import type { AwsAnswer } from '../aws/request.ts'

/** The result of one call. Errors are for the log and quote no value. */
export type PutAnswer =
  /** For each record: `null` when Firehose accepted it, else the reason. */
  | { readonly kind: 'accepted'; readonly errors: readonly (string | null)[] }
  /** A later call may succeed. */
  | { readonly kind: 'busy'; readonly error: string }
  /** The credentials have expired. */
  | { readonly kind: 'expired'; readonly error: string }
  /** Firehose will never accept one of its records; it does not name which. */
  | { readonly kind: 'invalid'; readonly error: string }
  /** No call succeeds before an operator has fixed something. */
  | { readonly kind: 'misconfigured'; readonly error: string }

/** Transient errors of `PutRecordBatch` and of any service of AWS. */
const BUSY =
  /^(Throttl|RequestThrottl|TooManyRequests|RequestLimitExceeded|LimitExceeded|BandwidthLimitExceeded|ProvisionedThroughputExceeded|PriorRequestNotComplete|SlowDown|ServiceUnavailable|InternalFailure|InternalServerError|InternalServiceError|RequestTimeout)/
const INVALID = /^(InvalidArgument|Validation)(Exception|Error)$/
/** Messages about an argument that is wrong in every call: the stream's name or source. */
const ABOUT_THE_STREAM = /delivery ?stream|operation is not permitted/i

/** Causes for the operator to fix, by error code. */
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

const acceptedSchema = z.object({
  FailedPutCount: z.int().min(0),
  RequestResponses: z.array(z.object({ RecordId: z.string().nullish(), ErrorCode: z.string().nullish() })),
})

/** Classifies the answer to `PutRecordBatch`; `records` is the number of records in the call. */
export function readAnswer(answer: AwsAnswer, records: number): PutAnswer {
  if (answer.status === 200) return readAccepted(answer.text, records)
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

function readAccepted(text: string, records: number): PutAnswer {
  const accepted = acceptedSchema.safeParse(json(text))
  if (!accepted.success || accepted.data.RequestResponses.length !== records)
    // Records may have been accepted all the same; readers deduplicate.
    return { kind: 'busy', error: 'the answer is none that Firehose gives' }
  const errors = accepted.data.RequestResponses.map(({ RecordId: id, ErrorCode: code }) =>
    id && !code ? null : `Firehose did not take the record (${safe(code ?? '')})`,
  )
  return { kind: 'accepted', errors }
}

/**
 * The code of an error, which is in the body (`com.amazonaws.firehose.v20150804#CodeException`) or in a header
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

/** A code that is safe to log: letters and dots only. */
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
