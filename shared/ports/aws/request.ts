import { AwsV4Signer } from 'aws4fetch'

/** Keys of AWS; `sessionToken` comes with those that end. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** What the adapters for AWS need of the world. Tests bring their own; everyone else leaves it out. */
export interface AwsWorld {
  readonly fetch: (url: string, request: RequestInit) => Promise<Response>
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  readonly wait: (milliseconds: number) => Promise<void>
}

export const awsWorld: AwsWorld = {
  // Called by its own name: workerd takes `fetch` only as a function of nothing.
  fetch: (url, request) => fetch(url, request),
  now: () => Date.now(),
  random: () => Math.random(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** One POST to a service of AWS. */
interface AwsRequest {
  /** As in the service's host name, such as `firehose`. */
  readonly service: string
  readonly region: string
  /** Another address than the service's own. */
  readonly endpoint?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** How long the whole answer may take (ms). */
  readonly answerWithin: number
}

/** What a service answered, read to its end. */
export interface AwsAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * Sends one POST, signed with Signature Version 4.
 *
 * @throws whatever `fetch` throws for a broken line or a time-out: the request may have been carried out
 */
export async function postToAws(
  request: AwsRequest,
  credentials: AwsCredentials,
  world: Pick<AwsWorld, 'fetch' | 'now'>,
): Promise<AwsAnswer> {
  const { service, region, body } = request
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const signer = new AwsV4Signer({
    method: 'POST',
    url: request.endpoint ?? serviceUrl(service, region),
    headers: { ...request.headers },
    body,
    service,
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    datetime: `${new Date(world.now()).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`,
  })
  const { url, headers } = await signer.sign()
  const response = await world.fetch(url.href, {
    method: 'POST',
    headers,
    body,
    // What was signed for one address is sent to no other.
    redirect: 'manual',
    signal: AbortSignal.timeout(request.answerWithin),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The address of a service: https://docs.aws.amazon.com/general/latest/gr/rande.html */
function serviceUrl(service: string, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://${service}.${region}.${suffix}/`
}
