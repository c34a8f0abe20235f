import { describe, expect, it } from 'vitest'
import { mapBounded } from './concurrency.ts'

describe('mapBounded', () => {
  it('gives results in the order of the items, whichever is ready first', async () => {
    const ready = new Map([1, 2, 3].map((item) => [item, Promise.withResolvers<string>()]))
    const mapped = mapBounded([1, 2, 3], 3, async (item) => ready.get(item)?.promise)
    for (const item of [3, 1, 2]) {
      ready.get(item)?.resolve(`done ${item}`)
      await ready.get(item)?.promise
    }
    expect(await mapped).toEqual(['done 1', 'done 2', 'done 3'])
  })

  it('never runs more than the limit at once, and reaches it', async () => {
    let running = 0
    let most = 0
    await mapBounded([...Array(20).keys()], 6, async () => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
    })
    expect(most).toBe(6)
  })

  it('rejects with what a task threw', async () => {
    const mapped = mapBounded([1, 2, 3], 2, async (item) => {
      if (item === 2) throw new Error('no 2')
      return item
    })
    await expect(mapped).rejects.toThrow('no 2')
  })

  it('has nothing to do for no items', async () => {
    expect(await mapBounded([], 6, async () => 1)).toEqual([])
  })
})
