import { webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Context, currentContext } from './context.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'

function scheduler(seed = 1): Scheduler {
  return new Scheduler(new Random(seed), 0, () => {})
}

function context(name: string): Context & { alive: boolean } {
  return {
    name,
    alive: true,
    random: new Random(name),
    leave: (action) => action(),
    timerStarted: () => {},
    timerEnded: () => {},
  }
}

describe('a scheduler', () => {
  it('runs tasks at their times, whatever the order in which they were scheduled', async () => {
    const one = scheduler()
    const ran: [string, number][] = []
    for (const delay of [30, 10, 20])
      one.schedule(null, delay, '', () => ran.push([`after ${delay}`, one.now]))
    await one.run(100)
    expect(ran).toEqual([
      ['after 10', 10],
      ['after 20', 20],
      ['after 30', 30],
    ])
  })

  it('lets the seed decide between tasks of one moment', async () => {
    const orders = new Set<string>()
    for (let seed = 0; seed < 20; seed += 1) {
      const one = scheduler(seed)
      let ran = ''
      for (const name of ['a', 'b', 'c']) one.schedule(null, 5, name, () => (ran += name))
      await one.run(100)
      orders.add(ran)
    }
    expect(orders.size).toBeGreaterThan(3)
  })

  it('runs all that follows from a task without waiting before the next one', async () => {
    const one = scheduler()
    const ran: string[] = []
    one.schedule(null, 1, '', async () => {
      for (let step = 0; step < 50; step += 1) await null
      ran.push('first')
    })
    one.schedule(null, 1.5, '', () => ran.push('second'))
    await one.run(100)
    expect(ran).toEqual(['first', 'second'])
  })

  it('waits for what other threads do, one after another, before the next task', async () => {
    const one = scheduler()
    const ran: string[] = []
    one.schedule(null, 1, '', () => {
      for (const size of [1_000_000, 1])
        void one
          .external(() => webcrypto.subtle.digest('SHA-512', new Uint8Array(size)))
          .then(() => ran.push(`digest of ${size}`))
    })
    one.schedule(null, 2, '', () => ran.push('next'))
    await one.run(100)
    expect(ran).toEqual(['digest of 1000000', 'digest of 1', 'next'])
  })

  it('gives the dead no more turns', async () => {
    const one = scheduler()
    const owner = context('owner')
    const ran: string[] = []
    one.schedule(owner, 1, '', () => ran.push('alive'))
    one.schedule(owner, 3, '', () => ran.push('dead'))
    one.schedule(null, 2, '', () => {
      owner.alive = false
    })
    await one.run(100)
    expect(ran).toEqual(['alive'])
  })

  it('runs what follows from a task for its context', async () => {
    const one = scheduler()
    const names: string[] = []
    for (const name of ['a', 'b'])
      one.schedule(context(name), 1, '', async () => {
        await one.wait(name === 'a' ? 10 : 5, '')
        names.push(currentContext().name)
      })
    await one.run(100)
    expect(names).toEqual(['b', 'a'])
  })

  it('stops at a moment, and goes on from there', async () => {
    const one = scheduler()
    const ran: number[] = []
    for (const delay of [1, 2, 3]) one.schedule(null, delay, '', () => ran.push(delay))
    await one.run(2)
    expect(ran).toEqual([1, 2])
    await one.run(3)
    expect(ran).toEqual([1, 2, 3])
  })
})
