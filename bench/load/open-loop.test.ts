import { expect, it } from 'vitest'
import { Connection } from './connection.ts'
import { arriveAtRate, type Ended, type LoadClock } from './open-loop.ts'

/** A time that passes only when nobody has anything to do but wait for it. */
class Timeline implements LoadClock {
  #now = 0
  readonly #alarms: { at: number; ring(): void }[] = []

  now(): number {
    return this.#now
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((ring) => {
      this.#alarms.push({ at: this.#now + milliseconds, ring })
    })
  }

  /** Lets time pass until some work is done. */
  async until(work: Promise<unknown>): Promise<void> {
    const state = { isDone: false }
    void work.finally(() => {
      state.isDone = true
    })
    while (!state.isDone) {
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = this.#alarms.sort((a, b) => a.at - b.at).splice(0, 1)
      if (!next) continue
      this.#now = next.at
      next.ring()
    }
    await work
  }
}

const connections = (count: number) =>
  Array.from({ length: count }, () => new Connection(new URL('http://x')))

async function latencies(count: number, took: (turn: number) => number): Promise<readonly Ended[]> {
  const time = new Timeline()
  const ended: Ended[] = []
  const load = arriveAtRate(
    connections(count),
    (_, turn) => time.sleep(took(turn)),
    { perSecond: 100, milliseconds: 50 },
    (one) => ended.push(one),
    time,
  )
  await time.until(load)
  return ended
}

it('counts what an operation waits for because one before it was slow', async () => {
  // One begins every 10 ms; the first takes 100 ms, and the only connection is busy that long.
  const ended = await latencies(1, (turn) => (turn === 0 ? 100 : 2))
  expect(ended.map(({ latency }) => latency)).toEqual([100, 92, 84, 76, 68])
})

it('begins no operation early, and counts none that waits for nobody as longer than it took', async () => {
  const ended = await latencies(2, () => 2)
  expect(ended.map(({ latency }) => latency)).toEqual([2, 2, 2, 2, 2])
})

it('reports what was thrown, and goes on', async () => {
  const time = new Timeline()
  const ended: Ended[] = []
  const refused = new Error('refused')
  const load = arriveAtRate(
    connections(1),
    async (_, turn) => {
      if (turn === 1) throw refused
    },
    { perSecond: 100, milliseconds: 30 },
    (one) => ended.push(one),
    time,
  )
  await time.until(load)
  expect(ended.map(({ fault }) => fault)).toEqual([null, refused, null])
})
