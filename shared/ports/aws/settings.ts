import { z } from 'zod'
import { PortError } from '../port-error.ts'

/** A variable that is set to nothing counts as not set. */
export const unsetWhenEmpty = (value: unknown): unknown => (value === '' ? undefined : value)

const optional = (schema: z.ZodType<string>) => z.preprocess(unsetWhenEmpty, schema.optional())

/** The variables by which a deployment reaches AWS; the README says what each is for. */
const awsVariables = {
  AWS_REGION: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'is a region such as eu-central-1'),
  AWS_ACCESS_KEY_ID: z.string().regex(/^\w{16,128}$/, 'is an access key id'),
  AWS_SECRET_ACCESS_KEY: z.string().min(1, 'is needed'),
  AWS_SESSION_TOKEN: optional(z.string()),
  AWS_ROLE_ARN: optional(
    z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'is the ARN of a role'),
  ),
  AWS_ENDPOINT_URL: optional(z.url({ protocol: /^https?$/, error: 'is an http or https address' })),
}

const awsSettingsSchema = z.object(awsVariables)

/** How AWS is reached. */
export interface AwsSettings {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** A role that is assumed with these keys. */
  readonly roleArn?: string | undefined
  /** Another address than AWS's own, for every service. */
  readonly endpoint?: string | undefined
}

/**
 * Reads how AWS is reached from bindings.
 *
 * @throws PortError `unavailable`, `not_configured`; it names variables and never their values
 */
export function awsSettings(env: object): AwsSettings {
  const variables = readVariables('AWS', awsSettingsSchema, env)
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
 * Reads some variables of bindings, of which those set to nothing count as not set.
 *
 * @param needer who needs them, for the message
 * @throws PortError `unavailable`, `not_configured`; it names variables and never their values
 */
export function readVariables<Schema extends z.ZodObject>(
  needer: string,
  schema: Schema,
  env: object,
): z.infer<Schema> {
  const given: Record<string, unknown> = { ...env }
  const variables = Object.keys(schema.shape).map((name) => [name, unsetWhenEmpty(given[name])])
  const read = schema.safeParse(Object.fromEntries(variables))
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => {
    const name = String(path[0])
    return given[name] === undefined || given[name] === '' ? `${name} is not set` : `${name} ${message}`
  })
  throw new PortError('unavailable', 'not_configured', `${needer}: ${faults.join('; ')}`)
}
