import { Buffer } from 'node:buffer'
import { AwsV4Signer } from 'aws4fetch'
import type { AwsCredentials } from '../aws/request.ts'

/** The most that MSK allows. */
const LIFETIME_SECONDS = 900

interface TokenRequest {
  readonly region: string
  readonly credentials: AwsCredentials
  /** The present time (ms since 1970 UTC). */
  readonly now: number
  /** For the broker's logs. */
  readonly userAgent: string
}

/**
 * The token that authenticates an IAM identity at MSK over SASL/OAUTHBEARER: a `kafka-cluster:Connect` request to
 * the region, signed as a URL (Signature Version 4) valid for a quarter of an hour, as base64url
 * (github.com/aws/aws-msk-iam-sasl-signer-js).
 */
export async function mskIamToken({ region, credentials, now, userAgent }: TokenRequest): Promise<string> {
  const url = new URL(`https://kafka.${region}.amazonaws.com/`)
  url.searchParams.set('Action', 'kafka-cluster:Connect')
  url.searchParams.set('X-Amz-Expires', String(LIFETIME_SECONDS))
  const signer = new AwsV4Signer({
    method: 'GET',
    url: url.href,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
    service: 'kafka-cluster',
    region,
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    signQuery: true,
  })
  const signed = await signer.sign()
  // Not part of the signature.
  signed.url.searchParams.set('User-Agent', userAgent)
  const query = [...signed.url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  return Buffer.from(`${url.origin}/?${query}`).toString('base64url')
}

/** Percent-encoding of all but the unreserved characters (RFC 3986, section 2.3). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
