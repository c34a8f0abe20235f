import { describe, expect, it } from 'vitest'
import { Pacing } from './pacing.ts'

/** Time that moves only when it is told to, and wakes sleepers in the order in which they fall due. */
function stoppedTime() {
  let now = 0
  let sleepers: { at: number; wake: () => void }[] = []
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    pacing: new Pacing(
      () => now,
      (milliseconds) =>
        new Promise((wake) => {
          sleepers.push({ at: now + milliseconds, wake })
        }),
    ),
    /** Lets time pass. `isGone`: what wakes meanwhile never goes on. */
    async pass(milliseconds: number, { isGone = false } = {}) {
      await turn()
      for (const end = now + milliseconds; now < end; ) {
        now += 1
        const due = sleepers.filter(({ at }) => at <= now)
        sleepers = sleepers.filter(({ at }) => at > now)
        if (!isGone) for (const { wake } of due) wake()
        await turn()
      }
    },
  }
}

/** Requests that are told when to end. */
function requests(pacing: Pacing) {
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  return {
    begun,
    send: (...numbers: number[]) => {
      for (const number of numbers)
        void pacing.run(() => {
          begun.push(number)
          return new Promise<void>((resolve) => ends.set(number, resolve))
        })
    },
    end: (number: number) => ends.get(number)?.(),
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('pacing', () => {
  it('admits twelve at once, and the next one when one has ended, in the order in which they came', async () => {
    const { pacing, pass } = stoppedTime()
    const { begun, send, end } = requests(pacing)
    send(...upTo(15))
    await pass(10)
    expect(begun).toEqual(upTo(12))
    end(3)
    await pass(0)
    // There is room now, and yet it is not its turn.
    send(99)
    await pass(10)
    expect(begun).toEqual(upTo(13))
    for (const number of [4, 5, 6]) end(number)
    await pass(10)
    expect(begun).toEqual([...upTo(15), 99])
  })

  it('does not count requests that take long: they wait for something', async () => {
    const { pacing, pass } = stoppedTime()
    const { begun, send } = requests(pacing)
    send(...upTo(13))
    await pass(400)
    expect(begun).toHaveLength(12)
    await pass(200)
    expect(begun).toHaveLength(13)
  })

  it('lets one that is gone without a word hold up nobody', async () => {
    const { pacing, pass } = stoppedTime()
    const { begun, send, end } = requests(pacing)
    send(...upTo(13))
    await pass(10, { isGone: true })
    send(50)
    end(0)
    await pass(600)
    expect(begun).toEqual([...upTo(12), 50])
  })

  it('passes on what the work returns or throws, and counts it as ended', async () => {
    const { pacing, pass } = stoppedTime()
    const { begun, send } = requests(pacing)
    await expect(pacing.run(() => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError)
    expect(await pacing.run(() => Promise.resolve('done'))).toBe('done')
    send(...upTo(12))
    await pass(10)
    expect(begun).toHaveLength(12)
  })
})
