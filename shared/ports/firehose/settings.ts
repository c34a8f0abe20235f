import { z } from 'zod'
import { awsSettings, readVariables } from '../aws/settings.ts'

/** The name of a delivery stream: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
export const deliveryStreamSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{1,64}$/, 'is the name of a delivery stream, not its ARN')

const firehoseVariablesSchema = z.object({
  FIREHOSE_STREAM: deliveryStreamSchema,
  STRICT_ORDER: z.enum(['true', 'false'], { error: 'is true or false' }).optional(),
})

/**
 * Reads FIREHOSE_STREAM, STRICT_ORDER and the variables of AWS from bindings.
 *
 * @throws PortError `unavailable`, `not_configured`; names variables, never their values
 */
export function firehoseSettings(env: object) {
  const variables = readVariables('Firehose', firehoseVariablesSchema, env)
  return {
    stream: variables.FIREHOSE_STREAM,
    strictOrder: variables.STRICT_ORDER === 'true',
    aws: awsSettings(env),
  }
}
