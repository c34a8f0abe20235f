import { expect, it } from 'vitest'
import { configuredPolicies, rateLimitPolicies } from './rate-limit-policies.ts'

it('are those of wrangler.toml, one for each binding', () => {
  expect([...configuredPolicies.keys()].sort()).toEqual(['RATE_LIMIT', 'RATE_LIMIT_OPERATOR'])
})

it.each([
  [
    '[[ratelimits]]\nname = "A"\nnamespace_id = "1"\nsimple = { limit = 5, period = 10 }\n',
    [['A', { quota: 5, window: 10 }]],
  ],
  [
    '[[ratelimits]]\nsimple = {period=60,limit=6_000}\nname=\'B\'\n\n[triggers]\nname = "C"\n',
    [['B', { quota: 6_000, window: 60 }]],
  ],
  ['# [[ratelimits]]\n[vars]\nname = "A"\nsimple = { limit = 5, period = 10 }', []],
  ['[[ratelimits]]\nname = "A"\n', []],
])('are read from %j', (toml, policies) => {
  expect([...rateLimitPolicies(toml)]).toEqual(policies)
})
