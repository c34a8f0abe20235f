import { spawnSync } from 'node:child_process'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { DEVELOPMENT_JWT_SECRET } from '../durable-objects/adapters/secrets.ts'

function token(...args: string[]) {
  const { JWT_SECRET: _, ...env } = process.env
  return spawnSync(process.execPath, ['scripts/token.ts', ...args], { encoding: 'utf8', env })
}

async function claims(...args: string[]) {
  const { stdout, status } = token(...args)
  expect(status).toBe(0)
  const key = new TextEncoder().encode(DEVELOPMENT_JWT_SECRET)
  const { payload } = await jwtVerify(stdout.replace(/\n$/, ''), key, { algorithms: ['HS256'] })
  const { iat = 0, exp = 0, scope, sub } = payload
  return { scope, sub, lifetime: exp - iat }
}

describe('npx bun run token', { timeout: 30_000 }, () => {
  it('prints a token of one scope, and nothing else', async () => {
    expect(await claims('operator')).toEqual({ scope: 'operator', sub: 'operator', lifetime: 86_400 })
  })
  it('takes several scopes, a subject and a lifetime', async () => {
    const wanted = { scope: 'operator ops', sub: 'ada', lifetime: 900 }
    expect(await claims('operator,ops', 'ada', '--ttl', '15m')).toEqual(wanted)
    expect(await claims('operator', 'ops', 'ada', '--ttl=15m')).toEqual(wanted)
  })
  it('makes up a customer where none is named, and says so beside the token', async () => {
    expect(await claims('customer')).toMatchObject({ scope: 'customer', sub: expect.stringMatching(/^cus_/) })
    expect(token('customer').stderr).toContain('cus_')
    expect(await claims('customer', 'cus_1')).toMatchObject({ sub: 'cus_1' })
  })
  it.each([[], ['king'], ['operator', 'a', 'b'], ['operator', '--ttl', 'soon'], ['operator', '--loud']])(
    'explains on standard error what is wrong with %j',
    (...args) => {
      const { stdout, stderr, status } = token(...args)
      expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
      expect(stderr).toContain('npx bun run token <scope')
    },
  )
})
