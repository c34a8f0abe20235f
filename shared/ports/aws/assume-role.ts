import { z } from 'zod'
import { PortError } from '../port-error.ts'
import { type AwsAnswer, type AwsCredentials, type AwsWorld, postToAws } from './request.ts'
import type { AwsSettings } from './settings.ts'

/** How long STS may take (ms). A fault is not tried again here: whoever delivers does. */
const ANSWER_WITHIN = 5_000
/** How long the credentials are to live (s): the longest that a role allows unless it is told otherwise. */
const LIVE_FOR = 3_600

/** The credentials of a role. */
export interface RoleCredentials {
  readonly credentials: AwsCredentials
  /** Milliseconds since 1970, UTC. */
  readonly endsAt: number
}

/** What STS gives; none of its characters needs an escape in XML. */
const token = z.string().regex(/^[A-Za-z0-9+/=_.:-]+$/)
const answerSchema = z.object({
  AccessKeyId: token,
  SecretAccessKey: token,
  SessionToken: token,
  Expiration: z.iso.datetime({ offset: true }),
})

/**
 * Asks STS for the credentials of a role (`AssumeRole`,
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
 *
 * @throws PortError `unavailable`: nothing was given; it names variables and never their values
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
    DurationSeconds: String(LIVE_FOR),
  }
  const request = {
    service: 'sts',
    region,
    endpoint,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(query).toString(),
    answerWithin: ANSWER_WITHIN,
  }
  const answer = await postToAws(request, settings, world).catch(() => {
    // The fault's own text may quote the request.
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

/** What stands in the elements of `Credentials`, which hold text and nothing else. */
function fields(xml: string): Record<string, string> {
  const [, credentials = ''] = /<Credentials>(.*?)<\/Credentials>/s.exec(xml) ?? []
  const elements = credentials.matchAll(/<(\w+)>([^<]*)<\/\1>/g)
  return Object.fromEntries(Array.from(elements, ([, name = '', text = '']) => [name, text.trim()]))
}

/** Why STS gives no credentials. Its own message may quote keys and names, and stays out. */
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
