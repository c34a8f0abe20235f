import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { DAY } from '../shared/core/time.ts'

const keysOf = (caller: string) => env.IDEMPOTENCY_KEYS.getByName(caller)

it('gives a key to the request that comes first, as often as that comes', async () => {
  const keys = keysOf('ada')
  expect(await keys.claim('k', 'one')).toBe('first')
  expect(await keys.claim('k', 'one')).toBe('repeated')
  expect(await keys.claim('k', 'two')).toBeNull()
  expect(await keys.claim('l', 'two')).toBe('first')
})

it('separates the keys of callers', async () => {
  expect(await keysOf('bob').claim('k', 'one')).toBe('first')
  expect(await keysOf('cy').claim('k', 'two')).toBe('first')
})

it('decides between two requests at once', async () => {
  const keys = keysOf('dora')
  const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => keys.claim('k', `${index % 2}`)))
  expect(claims.filter((claim) => claim === 'first')).toHaveLength(1)
  expect(claims.filter((claim) => claim === 'repeated')).toHaveLength(9)
})

it('finds the id again that the first request under a key was given', async () => {
  const keys = keysOf('fay')
  expect(await keys.claimId('k', 'one', 'crt_1')).toBe('crt_1')
  expect(await keys.claimId('k', 'one', 'crt_2')).toBe('crt_1')
  expect(await keys.claimId('k', 'two', 'crt_3')).toBeNull()
  expect(await keys.claim('k', 'one')).toBe('repeated')
  expect(await keys.claim('k', 'two')).toBeNull()
})

it('stores ids in storage that was created without them', async () => {
  const keys = keysOf('gus')
  await keys.claim('old', 'one')
  await runInDurableObject(keys, (_, state) => {
    state.storage.sql.exec('ALTER TABLE keys DROP COLUMN created_id')
  })
  await evictDurableObject(keys)
  expect(await keys.claim('old', 'one')).toBe('repeated')
  expect(await keys.claimId('new', 'one', 'crt_1')).toBe('crt_1')
})

it('forgets a key after two days', async () => {
  const keys = keysOf('eve')
  await keys.claim('k', 'one')
  await runInDurableObject(keys, (_, state) => {
    state.storage.sql.exec('UPDATE keys SET used_at = ?', Date.now() - 2 * DAY - 1_000)
  })
  expect(await keys.claim('k', 'two')).toBe('first')
})
