import type { Fact, Self } from '../fact.ts'

// An object leaves memory ten seconds after its last work. Times are far from that, as the runtime may be busy.

const parts = {
  remember: ({ memory }: Self) => void memory.set('it', 1),
  remembers: ({ memory }: Self) => memory.has('it'),
  rest: (_: Self, milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

export const evictionFacts: readonly Fact[] = [
  {
    name: 'An object without work leaves memory some seconds after its last work',
    parts,
    async run({ call, sleep }) {
      await call('left alone', 'remember')
      await call('called', 'remember')
      await sleep(7_500)
      const before = await call('called', 'remembers')
      await sleep(7_500)
      return {
        before,
        // Fifteen seconds after it began, and half as long after its last call.
        called: await call('called', 'remembers'),
        leftAlone: await call('left alone', 'remembers'),
      }
    },
    expect: { before: true, called: true, leftAlone: false },
  },
  {
    name: 'A timer, and work that waitUntil got, keep an object in memory until they end',
    parts: {
      ...parts,
      setTimer({ memory, note }: Self) {
        memory.set('it', 1)
        setTimeout(() => note(memory.has('it') ? 'timer' : 'timer of another life'), 14_000)
      },
      begin({ memory, note, ctx, call }: Self) {
        memory.set('it', 1)
        ctx.waitUntil(call('helper', 'rest', 14_000).then(() => note('background')))
      },
    },
    async run({ call, sleep, notes }) {
      await call('timer', 'setTimer')
      await call('background', 'begin')
      await sleep(15_000)
      return {
        notes: notes().toSorted(),
        timer: await call('timer', 'remembers'),
        background: await call('background', 'remembers'),
      }
    },
    expect: { notes: ['background', 'timer'], timer: true, background: true },
  },
]
