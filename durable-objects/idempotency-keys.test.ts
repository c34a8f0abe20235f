import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { DAY } from '../shared/core/time.ts'

const keysOf = (caller: string) => env.IDEMPOTENCY_KEYS.get(env.IDEMPOTENCY_KEYS.idFromName(caller))

it('gives a key to the request that comes first, as often as that comes', async () => {
  const keys = keysOf('ada')
  expect(await keys.claim('k', 'one')).toBe(true)
  expect(await keys.claim('k', 'one')).toBe(true)
  expect(await keys.claim('k', 'two')).toBe(false)
  expect(await keys.claim('l', 'two')).toBe(true)
})

it('keeps the keys of each caller apart', async () => {
  expect(await keysOf('bob').claim('k', 'one')).toBe(true)
  expect(await keysOf('cy').claim('k', 'two')).toBe(true)
})

it('decides between two requests at once', async () => {
  const keys = keysOf('dora')
  const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => keys.claim('k', `${index % 2}`)))
  expect(claims.filter((claim) => claim)).toHaveLength(10)
})

it('forgets a key after two days', async () => {
  const keys = keysOf('eve')
  await keys.claim('k', 'one')
  await runInDurableObject(keys, (_, state) => {
    state.storage.sql.exec('UPDATE keys SET used_at = ?', Date.now() - 2 * DAY - 1_000)
  })
  expect(await keys.claim('k', 'two')).toBe(true)
})
