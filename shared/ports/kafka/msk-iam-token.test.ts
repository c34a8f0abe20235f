import { Buffer } from 'node:buffer'
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mskIamToken } from './msk-iam-token.ts'

const NOW = Date.UTC(2026, 10, 23, 18, 5, 9)
/** As AWS's signer names itself. */
const SIGNER = 'aws-msk-iam-sasl-signer-js/1.0.3'
/** AWS's documentation's own example. */
const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

describe('the token for MSK', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['without a session', 'eu-central-1', KEYS],
    ['of a session', 'us-east-1', { ...KEYS, sessionToken: "IQoJb3JpZ2lu+X2VjE//Zx'*(~=) é==" }],
  ])("is the one that AWS's signer makes, %s", async (_, region, credentials) => {
    const { token } = await generateAuthTokenFromCredentialsProvider({
      region,
      awsCredentialsProvider: async () => credentials,
    })

    expect(await mskIamToken({ region, credentials, now: NOW, userAgent: SIGNER })).toBe(token)
  })

  it('is good for a quarter of an hour from then, and tells no secret', async () => {
    const token = await mskIamToken({
      region: 'eu-central-1',
      credentials: KEYS,
      now: NOW,
      userAgent: 'petrel',
    })

    const url = new URL(Buffer.from(token, 'base64url').toString())
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'kafka-cluster:Connect',
      'User-Agent': 'petrel',
      'X-Amz-Date': '20261123T180509Z',
      'X-Amz-Expires': '900',
    })
    expect(url.href).not.toContain(encodeURIComponent(KEYS.secretAccessKey))
  })
})
