import { z } from 'zod'
import { PortError } from '../port-error.ts'
import { type AwsAnswer, type AwsCredentials, type AwsWorld, postToAws } from './request.ts'
import type { AwsSettings } from './settings.ts'

/** A fault is not retried here: the delivery is. */
const ANSWER_TIMEOUT_MS = 5_000
/** The longest session that a role allows by default. */
const SESSION_SECONDS = 3_600

export interface RoleCredentials {
  readonly credentials: AwsCredentials
  /** Milliseconds since 1970, UTC. */
  readonly endsAt: number
}

/** None of its characters needs an escape in XML. */
const token = z.string().regex(/^[A-Za-z0-9+/=_.:-]+$/)
const answerSchema = z.object({
  AccessKeyId: token,
  SecretAccessKey: token,
  SessionToken: token,
  Expiration: z.iso.datetime({ offset: true }),
})

/**
 * Fetches the credentials of a role from STS (`AssumeRole`,
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
 *
 * @throws PortError `unavailable`: no credentials; names variables, never their values
 */
export async function assumeRole(
  settings: AwsSettings,
  world: Pick<AwsWorld, 'fetch' | 'now'>,
): Promise<RoleCredentials> {
  const { region, endpoint, roleArn = '' } = settings
  const query = {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'petrel',
    DurationSeconds: String(SESSION_SECONDS),
  }
  const request = {
    service: 'sts',
    region,
    endpoint,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(query).toString(),
    timeoutMs: ANSWER_TIMEOUT_MS,
  }
  const answer = await postToAws(request, settings, world).catch(() => {
    // The error's own text may quote the request.
    throw new PortError('unavailable', 'aws_credentials', 'AWS STS could not be reached')
  })
  if (answer.status !== 200) throw refusal(answer)
  const given = answerSchema.safeParse(fields(answer.text))
  if (!given.success)
    throw new PortError('unavailable', 'aws_credentials', 'AWS STS gave an answer without credentials')
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given.data
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    },
    endsAt: Date.parse(Expiration),
  }
}

/** The elements of `Credentials`, which hold only text. */
function fields(xml: string): Record<string, string> {
  const [, credentials = ''] = /<Credentials>(.*?)<\/Credentials>/s.exec(xml) ?? []
  const elements = credentials.matchAll(/<(\w+)>([^<]*)<\/\1>/g)
  return Object.fromEntries(Array.from(elements, ([, name = '', text = '']) => [name, text.trim()]))
}

/** The reason why STS refuses. Its own message may quote keys and names and is left out. */
function refusal({ status, text }: AwsAnswer): PortError {
  const [, code = 'no code'] = /<Code>([A-Za-z.]{1,60})<\/Code>/.exec(text) ?? []
  const why =
    code === 'AccessDenied'
      ? 'AWS_ACCESS_KEY_ID may not assume AWS_ROLE_ARN, or there is no such role'
      : status >= 500 || /^Throttl/.test(code)
        ? 'AWS STS cannot answer for now'
        : 'AWS STS does not take AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN'
  return new PortError('unavailable', 'aws_credentials', `${why} (${code}, HTTP ${status})`)
}
