import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { rateLimits } from './middleware.ts'

it('tells the rate limits that are configured', () => {
  const configured = [
    ...readFileSync('wrangler.toml', 'utf8').matchAll(/simple = \{ limit = (\d+), period = (\d+) \}/g),
  ]
  expect(configured.map(([, quota, window]) => [Number(quota), Number(window)])).toEqual(
    [rateLimits.caller, rateLimits.operator].map(({ quota, window }) => [quota, window]),
  )
})
