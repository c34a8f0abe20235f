import { assumeRole, type RoleCredentials } from './assume-role.ts'
import { type AwsCredentials, type AwsWorld, awsWorld } from './request.ts'
import { type AwsSettings, awsSettings } from './settings.ts'

/** How long before their end the credentials of a role are renewed. */
const RENEWAL_LEAD_MS = 5 * 60_000

/** Returns the credentials to sign with now. */
export interface AwsCredentialsProvider {
  /** @throws PortError `unavailable` when a role cannot be assumed; names no value of a variable */
  (): Promise<AwsCredentials>
  /**
   * After `ExpiredToken`: newer credentials than these, or the same where there are none.
   *
   * @throws PortError as above
   */
  refresh(expired: AwsCredentials): Promise<AwsCredentials>
}

/**
 * Credentials from bindings: the keys themselves, or, with AWS_ROLE_ARN, those of the role that is assumed with
 * them, cached until shortly before they end. Create one for each object, not one for each call.
 *
 * @throws PortError `unavailable`, `not_configured`; names variables, never their values
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

  /** Concurrent callers share one request. */
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
    const cached = known
    if (!cached) return (await renew()).credentials
    if (world.now() < cached.endsAt - RENEWAL_LEAD_MS) return cached.credentials
    try {
      return (await renew()).credentials
    } catch (thrown) {
      // The present ones are valid for some minutes, in which every call tries to renew them.
      if (world.now() < cached.endsAt) return cached.credentials
      throw thrown
    }
  }

  const refresh = async (expired: AwsCredentials): Promise<AwsCredentials> => {
    const cached = known?.credentials
    // A concurrent caller may have renewed them already.
    if (cached && cached.accessKeyId !== expired.accessKeyId) return cached
    return (await renew()).credentials
  }

  return Object.assign(current, { refresh })
}
