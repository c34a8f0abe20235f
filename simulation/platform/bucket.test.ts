import { expect, it } from 'vitest'
import { type Context, runIn } from '../kernel/context.ts'
import { Random } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { SimulatedR2 } from './bucket.ts'
import { Disturbances } from './disturbances.ts'
import { Remote } from './remote.ts'

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** The keys of each page of a bucket that holds all of them. */
async function pagesOf(shortens: Random | null): Promise<string[][]> {
  const random = new Random('bucket')
  const scheduler = new Scheduler(random, 0, () => {})
  const disturbances = new Disturbances(scheduler, random, 1)
  const remote = new Remote({ scheduler, disturbances }, 'bucket', 10, () => new Error('it is down'))
  const { binding } = new SimulatedR2(remote, () => scheduler.now, shortens)
  const client: Context = {
    ...{ name: 'client', alive: true, random, leave: (action) => action() },
    ...{ timerStarted: () => {}, timerEnded: () => {} },
  }
  const pages: string[][] = []
  scheduler.schedule(client, 0, 'client', async () => {
    for (const key of keys) await binding.put(key, '')
    let cursor: string | undefined
    do {
      const listed = await binding.list({ limit: 4, ...(cursor !== undefined && { cursor }) })
      pages.push(listed.objects.map(({ key }) => key))
      cursor = listed.truncated ? listed.cursor : undefined
    } while (cursor !== undefined)
  })
  await runIn(null, () => scheduler.run(60_000))
  return pages
}

it('a bucket of the cloud lists everything, but not always as much as it is asked for', async () => {
  expect(await pagesOf(null)).toEqual([keys.slice(0, 4), keys.slice(4)])
  const lengths = new Set<number>()
  for (let seed = 0; seed < 30; seed += 1) {
    const pages = await pagesOf(new Random(seed))
    expect(pages.flat()).toEqual(keys)
    for (const page of pages.slice(0, -1)) lengths.add(page.length)
  }
  expect([...lengths].toSorted()).toEqual([1, 2, 3, 4])
})
