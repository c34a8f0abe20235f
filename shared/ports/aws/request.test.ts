import { describe, expect, it } from 'vitest'
import { ScriptedWorld } from './aws.fixture.ts'
import { type AwsCredentials, postToAws } from './request.ts'

// Keys, requests and signatures of AWS's own test suite for Signature Version 4 (post-vanilla and
// post-sts-header-before), which is part of https://github.com/awslabs/aws-c-auth.
const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const sessionToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='

async function signed(credentials: AwsCredentials): Promise<Headers | undefined> {
  const world = new ScriptedWorld(() => ({ body: '' }))
  world.time = Date.parse('2015-08-30T12:36:00.999Z')
  const request = {
    service: 'service',
    region: 'us-east-1',
    endpoint: 'https://example.amazonaws.com/',
    headers: {},
    body: '',
    timeoutMs: 1_000,
  }
  await postToAws(request, credentials, world)
  return world.sent[0]?.headers
}

describe('the signature of a request', () => {
  it('is the one of AWS’s test suite', async () => {
    const headers = await signed(keys)
    expect(headers?.get('X-Amz-Date')).toBe('20150830T123600Z')
    expect(headers?.get('Authorization')).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    )
  })

  it('covers the token of credentials that end', async () => {
    const headers = await signed({ ...keys, sessionToken })
    expect(headers?.get('X-Amz-Security-Token')).toBe(sessionToken)
    expect(headers?.get('Authorization')).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    )
  })
})

describe('the address of a service', () => {
  it('is the one of its region, whatever the partition', async () => {
    const urls = await Promise.all(
      ['eu-central-1', 'us-gov-west-1', 'cn-north-1'].map(async (region) => {
        const world = new ScriptedWorld(() => ({ body: '' }))
        const request = { service: 'firehose', region, headers: {}, body: '', timeoutMs: 1_000 }
        await postToAws(request, keys, world)
        return world.sent[0]?.url
      }),
    )
    expect(urls).toEqual([
      'https://firehose.eu-central-1.amazonaws.com/',
      'https://firehose.us-gov-west-1.amazonaws.com/',
      'https://firehose.cn-north-1.amazonaws.com.cn/',
    ])
  })
})
