import { assumeRole, type RoleCredentials } from './assume-role.ts'
import { type AwsCredentials, type AwsWorld, awsWorld } from './request.ts'
import { type AwsSettings, awsSettings } from './settings.ts'

/** Credentials of a role are renewed so long before they end (ms). */
const RENEWED_BEFORE_END = 5 * 60_000

/** Gives the credentials to sign with now. */
export interface AwsCredentialsProvider {
  /** @throws PortError `unavailable` when a role cannot be assumed; it holds no value of any variable */
  (): Promise<AwsCredentials>
  /**
   * For an answer of `ExpiredToken`: newer credentials than these, or the same where there are none.
   *
   * @throws PortError as above
   */
  refresh(expired: AwsCredentials): Promise<AwsCredentials>
}

/**
 * Credentials from bindings: the keys themselves, or, with AWS_ROLE_ARN, those of the role that is assumed with
 * them, kept until shortly before they end. Make one for each object that lives, not one for each call.
 *
 * @throws PortError `unavailable`, `not_configured`; it names variables and never their values
 */
export function awsCredentials(
  env: object,
  world: Pick<AwsWorld, 'fetch' | 'now'> = awsWorld,
): AwsCredentialsProvider {
  const settings = awsSettings(env)
  return settings.roleArn ? roleCredentials(settings, world) : fixedCredentials(settings)
}

function fixedCredentials({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: AwsSettings): AwsCredentialsProvider {
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  return Object.assign(async () => credentials, { refresh: async () => credentials })
}

function roleCredentials(
  settings: AwsSettings,
  world: Pick<AwsWorld, 'fetch' | 'now'>,
): AwsCredentialsProvider {
  let known: RoleCredentials | null = null
  let renewal: Promise<RoleCredentials> | null = null

  /** All that ask at the same time wait for one request. */
  const renew = (): Promise<RoleCredentials> => {
    renewal ??= assumeRole(settings, world)
      .then((renewed) => {
        known = renewed
        return renewed
      })
      .finally(() => {
        renewal = null
      })
    return renewal
  }

  const current = async (): Promise<AwsCredentials> => {
    const kept = known
    if (!kept) return (await renew()).credentials
    if (world.now() < kept.endsAt - RENEWED_BEFORE_END) return kept.credentials
    try {
      return (await renew()).credentials
    } catch (thrown) {
      // Those at hand still serve for some minutes, in which it is tried again with every call.
      if (world.now() < kept.endsAt) return kept.credentials
      throw thrown
    }
  }

  const refresh = async (expired: AwsCredentials): Promise<AwsCredentials> => {
    const kept = known?.credentials
    // Someone else may have been told the same, and has renewed them already.
    if (kept && kept.accessKeyId !== expired.accessKeyId) return kept
    return (await renew()).credentials
  }

  return Object.assign(current, { refresh })
}
