import { AwsV4Signer } from 'aws4fetch'

/** Keys of AWS; temporary ones have a `sessionToken`. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** The outside of the AWS adapters, which tests replace. */
export interface AwsWorld {
  readonly fetch: (url: string, request: RequestInit) => Promise<Response>
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  readonly wait: (milliseconds: number) => Promise<void>
}

export const awsWorld: AwsWorld = {
  // Not passed as a value: workerd's `fetch` must be called without a receiver.
  fetch: (url, request) => fetch(url, request),
  now: () => Date.now(),
  random: () => Math.random(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

interface AwsRequest {
  /** As in its host name, such as `firehose`. */
  readonly service: string
  readonly region: string
  /** Replaces the service's own address. */
  readonly endpoint?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For the whole answer. */
  readonly timeoutMs: number
}

export interface AwsAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * Sends one POST, signed with Signature Version 4.
 *
 * @throws what `fetch` throws for a broken connection or a timeout: the request may have been carried out
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
    // The signature is valid for one address only.
    redirect: 'manual',
    signal: AbortSignal.timeout(request.timeoutMs),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The address of a service: https://docs.aws.amazon.com/general/latest/gr/rande.html */
function serviceUrl(service: string, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://${service}.${region}.${suffix}/`
}
