import { expect, it } from 'vitest'
import { type Context, runIn } from '../kernel/context.ts'
import { Random } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { stubOf } from './calls.ts'
import { Disturbances } from './disturbances.ts'
import { Isolate } from './isolate.ts'
import { Life, type SimulatedObject } from './life.ts'
import { ObjectStorage } from './storage.ts'

const MINUTE = 60_000

/** When a call that is never answered is carried out (ms); `null` if never. */
async function carriedOutAt(seed: number): Promise<number | null> {
  const scheduler = new Scheduler(new Random(seed), 0, () => {})
  const random = new Random(`call-${seed}`)
  const disturbances = new Disturbances(scheduler, random, 1)
  disturbances.begin({
    ...{ kind: 'outage', at: 0, forMs: MINUTE, target: 'objects', share: 1, manner: 'hang' },
  })
  const storage = new ObjectStorage(random, () => {})
  const object: SimulatedObject = { className: 'SomeObject', name: 'one', storage, life: null, lives: 1 }
  const isolate = new Isolate('isolate', { name: 'none', acquire: () => expect.fail(), giveBack: () => {} })
  const life = new Life(object, isolate, random, () => scheduler.now)
  let at: number | null = null
  class SomeObject {
    method(): void {
      at = scheduler.now
    }
  }
  life.instance = Object.assign(Object.create(SomeObject.prototype), {})
  const caller: Context = {
    ...{ name: 'caller', alive: true, random, leave: (action) => action() },
    ...{ timerStarted: () => {}, timerEnded: () => {} },
  }
  const stub = stubOf(object, { scheduler, disturbances, awake: () => life })
  let isAnswered = false
  scheduler.schedule(caller, 0, 'call', () => {
    const answered = () => {
      isAnswered = true
    }
    void runIn(caller, () => Reflect.get(stub, 'method')()).then(answered, answered)
  })
  await scheduler.run(10 * MINUTE)
  expect(isAnswered).toBe(false)
  return at
}

it('a call to an object that hangs is carried out at once, up to a minute later, or never', async () => {
  const times = await Promise.all(Array.from({ length: 60 }, (_, seed) => carriedOutAt(seed)))
  const late = times.filter((at) => at !== null && at > 1_000).map(Number)
  expect(times.filter((at) => at === null).length).toBeGreaterThan(5)
  expect(times.filter((at) => at !== null && at <= 1_000).length).toBeGreaterThan(5)
  expect(late.length).toBeGreaterThan(5)
  expect(Math.max(...late)).toBeLessThan(MINUTE + 1_000)
})
