import { describe, expect, it } from 'vitest'
import { PortError } from '../port-error.ts'
import { assumedRole, awsBindings, ScriptedWorld, stsError } from './aws.fixture.ts'
import { awsCredentials } from './credentials.ts'

const ROLE = 'arn:aws:iam::123456789012:role/petrel'
const withRole = { ...awsBindings, AWS_ROLE_ARN: ROLE }
const inAnHour = '2026-11-23T13:00:00Z'

/** A world in which the n-th question for a role's credentials is answered with the n-th ones. */
function worldWithRole(): ScriptedWorld {
  return new ScriptedWorld((_, call) => assumedRole(call + 1, inAnHour))
}

async function faultOf(promise: Promise<unknown>): Promise<PortError> {
  const thrown = await promise.then(
    () => null,
    (fault: unknown) => fault,
  )
  if (thrown instanceof PortError) return thrown
  throw new Error(`no PortError was thrown: ${String(thrown)}`)
}

describe('keys from bindings', () => {
  it('are what is signed with, and cannot be renewed', async () => {
    const world = worldWithRole()
    const credentials = awsCredentials({ ...awsBindings, AWS_SESSION_TOKEN: 'token' }, world)
    const keys = {
      accessKeyId: awsBindings.AWS_ACCESS_KEY_ID,
      secretAccessKey: awsBindings.AWS_SECRET_ACCESS_KEY,
      sessionToken: 'token',
    }
    expect(await credentials()).toEqual(keys)
    expect(await credentials.refresh(await credentials())).toEqual(keys)
    expect(world.sent).toEqual([])
  })

  it('of which some are missing or wrong are named, without their values', () => {
    const wrong = {
      AWS_REGION: 'nowhere',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ROLE_ARN: 'me',
    }
    const fault = () => awsCredentials(wrong)
    expect(fault).toThrow(PortError)
    expect(fault).toThrow(
      'AWS: AWS_REGION is a region such as eu-central-1; AWS_ACCESS_KEY_ID is not set; AWS_ROLE_ARN is the ARN of a role',
    )
  })
})

describe('a role', () => {
  it('is assumed with the keys, by a signed request', async () => {
    const world = worldWithRole()
    expect(await awsCredentials(withRole, world)()).toEqual({
      accessKeyId: 'ASIAEXAMPLE1',
      secretAccessKey: 'secret/1+of/the/role',
      sessionToken: 'token1//////////wEa==',
    })
    const [sent] = world.sent
    expect(sent?.url).toBe('https://sts.eu-central-1.amazonaws.com/')
    expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: ROLE,
      RoleSessionName: 'petrel',
      DurationSeconds: '3600',
    })
    expect(sent?.headers.get('Authorization')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE000000000\/20261123\/eu-central-1\/sts\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
    )
  })

  it('is assumed once for all who ask at the same time, and for as long as its credentials live', async () => {
    const world = worldWithRole()
    const credentials = awsCredentials(withRole, world)
    const [one, other] = await Promise.all([credentials(), credentials()])
    world.time = Date.parse('2026-11-23T12:54:59Z')
    expect([one, other, await credentials()].map(({ accessKeyId }) => accessKeyId)).toEqual(
      Array(3).fill('ASIAEXAMPLE1'),
    )
    expect(world.sent).toHaveLength(1)
  })

  it('is assumed anew five minutes before its credentials end', async () => {
    const world = worldWithRole()
    const credentials = awsCredentials(withRole, world)
    await credentials()
    world.time = Date.parse('2026-11-23T12:55:00Z')
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIAEXAMPLE2' })
  })

  it('serves to the end of its credentials when STS does not answer, and not beyond', async () => {
    const world = new ScriptedWorld((_, call) => (call === 0 ? assumedRole(1, inAnHour) : new Error('gone')))
    const credentials = awsCredentials(withRole, world)
    await credentials()
    world.time = Date.parse('2026-11-23T12:59:59Z')
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIAEXAMPLE1' })
    world.time = Date.parse(inAnHour)
    expect(await faultOf(credentials())).toMatchObject({
      kind: 'unavailable',
      message: 'AWS STS could not be reached',
    })
  })

  it('is assumed again after a failure', async () => {
    const world = new ScriptedWorld((_, call) => (call === 0 ? new Error('gone') : assumedRole(1, inAnHour)))
    const credentials = awsCredentials(withRole, world)
    await faultOf(credentials())
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIAEXAMPLE1' })
  })

  it('gives newer credentials for those that have expired, once for all who were told so', async () => {
    const world = worldWithRole()
    const credentials = awsCredentials(withRole, world)
    const expired = await credentials()
    const both = await Promise.all([credentials.refresh(expired), credentials.refresh(expired)])
    const late = await credentials.refresh(expired)
    expect([...both, late].map(({ accessKeyId }) => accessKeyId)).toEqual(Array(3).fill('ASIAEXAMPLE2'))
    expect(world.sent).toHaveLength(2)
  })

  it('says what is wrong without a word of what AWS or the bindings say', async () => {
    const secret = awsBindings.AWS_SECRET_ACCESS_KEY
    const cases = [
      [
        stsError(403, 'AccessDenied', `User ${secret} may not`),
        'AWS_ACCESS_KEY_ID may not assume AWS_ROLE_ARN, or there is no such role (AccessDenied, HTTP 403)',
      ],
      [
        stsError(403, 'SignatureDoesNotMatch', `canonical string ${secret}`),
        'AWS STS does not take AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN (SignatureDoesNotMatch, HTTP 403)',
      ],
      [stsError(400, 'Throttling', secret), 'AWS STS cannot answer for now (Throttling, HTTP 400)'],
      [{ status: 503, body: `<html>${secret}` }, 'AWS STS cannot answer for now (no code, HTTP 503)'],
      [{ body: `<html>${secret}` }, 'AWS STS gave an answer without credentials'],
      [assumedRole(1, `${secret}`), 'AWS STS gave an answer without credentials'],
      [new Error(secret), 'AWS STS could not be reached'],
    ] as const
    for (const [answer, message] of cases) {
      const fault = await faultOf(awsCredentials(withRole, new ScriptedWorld(() => answer))())
      expect(fault).toMatchObject({ kind: 'unavailable', code: 'aws_credentials', message })
    }
  })
})
