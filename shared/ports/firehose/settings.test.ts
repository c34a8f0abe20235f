import { describe, expect, it } from 'vitest'
import { awsBindings } from '../aws/aws.fixture.ts'
import { PortError } from '../port-error.ts'
import { firehoseSettings } from './settings.ts'
import { firehoseSink } from './sink.ts'

const bindings = { ...awsBindings, FIREHOSE_STREAM: 'petrel-events' }

describe('the settings of Firehose', () => {
  it('are read from bindings, of which those set to nothing are not set', () => {
    const nothing = { STRICT_ORDER: '', AWS_SESSION_TOKEN: '', AWS_ROLE_ARN: '', AWS_ENDPOINT_URL: '' }
    expect(firehoseSettings({ ...bindings, ...nothing, SOMETHING_ELSE: 1 })).toEqual({
      stream: 'petrel-events',
      strictOrder: false,
      aws: {
        region: 'eu-central-1',
        accessKeyId: awsBindings.AWS_ACCESS_KEY_ID,
        secretAccessKey: awsBindings.AWS_SECRET_ACCESS_KEY,
      },
    })
  })

  it('may name a role, a session, another address, and strict order', () => {
    const more = {
      AWS_SESSION_TOKEN: 'token',
      AWS_ROLE_ARN: 'arn:aws-us-gov:iam::123456789012:role/teams/petrel@shop',
      AWS_ENDPOINT_URL: 'http://localhost:5000',
      STRICT_ORDER: 'true',
    }
    expect(firehoseSettings({ ...bindings, ...more })).toMatchObject({
      strictOrder: true,
      aws: {
        sessionToken: 'token',
        roleArn: 'arn:aws-us-gov:iam::123456789012:role/teams/petrel@shop',
        endpoint: 'http://localhost:5000',
      },
    })
  })

  it.each([
    [{ FIREHOSE_STREAM: '' }, 'Firehose: FIREHOSE_STREAM is not set'],
    [
      { FIREHOSE_STREAM: 'arn:aws:firehose:eu-central-1:1:deliverystream/x', STRICT_ORDER: 'yes' },
      'Firehose: FIREHOSE_STREAM is the name of a delivery stream, not its ARN; STRICT_ORDER is true or false',
    ],
    [{ AWS_SECRET_ACCESS_KEY: undefined }, 'AWS: AWS_SECRET_ACCESS_KEY is not set'],
    [{ AWS_ACCESS_KEY_ID: 'hunter2' }, 'AWS: AWS_ACCESS_KEY_ID is an access key id'],
    [{ AWS_ENDPOINT_URL: 'ftp://x' }, 'AWS: AWS_ENDPOINT_URL is an http or https address'],
  ])('are refused without a value in the message: %o', (wrong, message) => {
    const settings = () => firehoseSettings({ ...bindings, ...wrong })
    expect(settings).toThrow(PortError)
    expect(settings).toThrow(
      expect.objectContaining({ kind: 'unavailable', code: 'not_configured', message }),
    )
  })
})

describe('the sink of these bindings', () => {
  it('is named by its delivery stream, or by another that it is to write to', () => {
    expect(firehoseSink(bindings).name).toBe('firehose:petrel-events')
    expect(firehoseSink(bindings, 'petrel-again').name).toBe('firehose:petrel-again')
  })

  it('is none for a target that is no delivery stream', () => {
    expect(() => firehoseSink(bindings, 'a folder/')).toThrow(
      'a folder/ is no delivery stream: a name has up to 64 letters, digits, and _ . -',
    )
  })
})
