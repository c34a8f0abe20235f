import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { call, sendInOrder } from '../../../shared/core/effect.ts'
import { instantOf, MINUTE } from '../../../shared/core/time.ts'
import type { FailedEffect } from '../journal/stored-rows.ts'
import { bindings, createProduct, layRegister, RecordingQueue, START } from '../object-lifetimes.fixture.ts'
import { findParked, forgetParked, listParked, reportParked } from './parked-effects.ts'

beforeEach(() => layRegister())

const notebook = { kind: 'notebook', id: 'one' }

function failed(place: number, effect = call('pigeons', 'send', {})): FailedEffect {
  if (effect.type !== 'call' && effect.type !== 'commands') throw new Error('a timer cannot fail')
  return {
    id: `notebook/one/1#${place}`,
    version: 1,
    effect,
    trace: { correlationId: 'test' },
    attempts: 3,
    nextAt: instantOf(START),
    parked: true,
    reported: false,
    error: 'Error: down',
  }
}

it('lists parked effects page by page, oldest first', async () => {
  // Two of them at the same time.
  for (const [place, minutes] of [
    [0, 2],
    [1, 1],
    [2, 1],
    [3, 3],
  ] as const)
    await reportParked(bindings(), notebook, {
      ...failed(place),
      nextAt: instantOf(START + minutes * MINUTE),
    })
  const seen: string[] = []
  let page = await listParked(env.DATABASE, { limit: 2 })
  for (let last = page.at(-1); last; last = page.at(-1)) {
    seen.push(...page.map(({ effectId }) => effectId.slice(-1)))
    page = await listParked(env.DATABASE, { limit: 2, after: last })
  }
  expect(seen.slice(0, 2).toSorted()).toEqual(['1', '2'])
  expect(seen.slice(2)).toEqual(['0', '3'])
})

it('enters an effect once, with its newest facts', async () => {
  await reportParked(bindings(), notebook, failed(0))
  await reportParked(bindings(), notebook, { ...failed(0), attempts: 9, nextAt: instantOf(START + MINUTE) })
  const entries = await listParked(env.DATABASE, { limit: 10 })
  expect(entries).toMatchObject([{ attempts: 9, parkedAt: instantOf(START) }])
})

it('has nothing in the register that was not raised', async () => {
  const queue = new RecordingQueue()
  queue.takes = 0
  const reported = reportParked(bindings({ EVENTS: queue }), notebook, failed(0))
  await expect(reported).rejects.toThrow()
  expect(await listParked(env.DATABASE, { limit: 10 })).toEqual([])
})

it('describes commands by their types and receivers', async () => {
  const effect = sendInOrder([createProduct('A'), createProduct('B')])
  await reportParked(bindings(), notebook, failed(0, effect))
  expect(await listParked(env.DATABASE, { limit: 10 })).toMatchObject([
    { description: 'CreateProduct to product/A, CreateProduct to product/B' },
  ])
})

it('removes an effect that has happened after all', async () => {
  await reportParked(bindings(), notebook, failed(0))
  const [entry] = await listParked(env.DATABASE, { limit: 10 })
  expect(await findParked(env.DATABASE, entry?.id ?? '')).toEqual(entry)
  await forgetParked(env, 'notebook/one/1#0')
  expect(await findParked(env.DATABASE, entry?.id ?? '')).toBeNull()
})
