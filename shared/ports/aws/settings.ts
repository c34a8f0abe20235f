import { z } from 'zod'
import { PortError } from '../port-error.ts'

/** The variables by which a deployment reaches AWS; the README describes each. */
const awsVariablesSchema = z.object({
  AWS_REGION: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'is a region such as eu-central-1'),
  AWS_ACCESS_KEY_ID: z.string().regex(/^\w{16,128}$/, 'is an access key id'),
  AWS_SECRET_ACCESS_KEY: z.string().min(1, 'is needed'),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_ROLE_ARN: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'is the ARN of a role')
    .optional(),
  AWS_ENDPOINT_URL: z.url({ protocol: /^https?$/, error: 'is an http or https address' }).optional(),
})

export interface AwsSettings {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** The role to assume with these keys. */
  readonly roleArn?: string | undefined
  /** Replaces the address of every service. */
  readonly endpoint?: string | undefined
}

/**
 * Reads how AWS is reached from bindings.
 *
 * @throws PortError `unavailable`, `not_configured`; names variables, never their values
 */
export function awsSettings(env: object): AwsSettings {
  const variables = readVariables('AWS', awsVariablesSchema, env)
  return {
    region: variables.AWS_REGION,
    accessKeyId: variables.AWS_ACCESS_KEY_ID,
    secretAccessKey: variables.AWS_SECRET_ACCESS_KEY,
    sessionToken: variables.AWS_SESSION_TOKEN,
    roleArn: variables.AWS_ROLE_ARN,
    endpoint: variables.AWS_ENDPOINT_URL,
  }
}

/**
 * Reads variables from bindings. An empty text counts as not set.
 *
 * @param needer the adapter that needs them, for the message
 * @throws PortError `unavailable`, `not_configured`; names variables, never their values
 */
export function readVariables<Schema extends z.ZodObject>(
  needer: string,
  schema: Schema,
  env: object,
): z.infer<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = schema.safeParse(set)
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => {
    const name = String(path[0])
    return set[name] === undefined ? `${name} is not set` : `${name} ${message}`
  })
  throw new PortError('unavailable', 'not_configured', `${needer}: ${faults.join('; ')}`)
}
