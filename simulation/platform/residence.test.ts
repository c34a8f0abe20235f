import { describe, expect, it } from 'vitest'
import { Random } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { Isolate } from './isolate.ts'
import { type Call, Life } from './life.ts'
import { watchResidence } from './residence.ts'
import { ObjectStorage } from './storage.ts'

const SECOND = 1_000

/** An object in memory from moment 0 on. `left` is when it leaves. */
function residence(platform: 'local' | 'cloud', seed = 1) {
  const scheduler = new Scheduler(new Random(seed), 0, () => {})
  const random = new Random(`object-${seed}`)
  const storage = new ObjectStorage(random, () => {})
  const isolate = new Isolate('isolate', { name: 'none', acquire: () => expect.fail(), giveBack: () => {} })
  const object = { className: 'SomeObject', name: 'one', storage, life: null, lives: 1 }
  const life = new Life(object, isolate, random, () => scheduler.now)
  let left: number | null = null
  watchResidence(life, { scheduler, platform }, () => {
    left = scheduler.now
    life.end()
  })
  const called = (at: number) =>
    scheduler.schedule(null, at, 'call', () => {
      const call: Call = { name: 'method', reject: () => {} }
      life.callStarted(call)
      life.callEnded(call)
    })
  return { scheduler, life, called, left: () => left }
}

describe('an object in memory', () => {
  it('leaves ten seconds after its last work on workerd, however often somebody could have looked', async () => {
    const { scheduler, called, left } = residence('local')
    for (const at of [4, 9, 18, 27]) called(at * SECOND)
    await scheduler.run(60 * SECOND)
    expect(left()).toBe(37 * SECOND)
    expect(scheduler.turns).toBeLessThan(10)
  })

  it('leaves after ten seconds at the earliest in the cloud, and within minutes', async () => {
    const times = new Set<number | null>()
    for (let seed = 0; seed < 20; seed += 1) {
      const { scheduler, left } = residence('cloud', seed)
      await scheduler.run(600 * SECOND)
      expect(left()).toBeGreaterThanOrEqual(10 * SECOND)
      expect(left()).toBeLessThanOrEqual(140 * SECOND)
      times.add(left())
    }
    expect(times.size).toBeGreaterThan(5)
  })

  it('stays while a call is under way', async () => {
    const { scheduler, life, left } = residence('cloud')
    life.callStarted({ name: 'method', reject: () => {} })
    await scheduler.run(3_600 * SECOND)
    expect(left()).toBeNull()
  })

  it.each([
    ['a timer', (life: Life) => life.timerStarted()],
    ['background work', (life: Life) => life.waitUntil(new Promise(() => {}))],
  ])('stays for %s on workerd, and in the cloud for a minute or two', async (_, begin) => {
    const local = residence('local')
    begin(local.life)
    await local.scheduler.run(3_600 * SECOND)
    expect(local.left()).toBeNull()
    const cloud = residence('cloud')
    begin(cloud.life)
    await cloud.scheduler.run(3_600 * SECOND)
    expect(cloud.left()).toBeGreaterThanOrEqual(70 * SECOND)
    expect(cloud.left()).toBeLessThanOrEqual(140 * SECOND)
  })
})
