import type { Fact, Self } from '../fact.ts'
import { table } from '../table.ts'

const parts = {
  ...table,
  set: async ({ ctx }: Self, inMilliseconds: number) => {
    await ctx.storage.setAlarm(Date.now() + inMilliseconds)
  },
  get: async ({ ctx }: Self) => ((await ctx.storage.getAlarm()) === null ? null : 'set'),
}

/** Whether the handler has crashed its object. The second instance has to know. */
let crashed = false

export const alarmFailureFacts: readonly Fact[] = [
  {
    name: 'A handler that throws is tried again, on the same instance, and is told so',
    parts,
    async alarm({ note, memory }, info) {
      note({ retryCount: info?.retryCount, isRetry: info?.isRetry, memory: memory.get('n') ?? 0 })
      memory.set('n', (memory.get('n') ?? 0) + 1)
      if (memory.get('n') === 1) throw new Error('the alarm fails')
    },
    async run({ call, until, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 1)
      return notes()
    },
    expect: [
      { retryCount: 0, isRetry: false, memory: 0 },
      { retryCount: 1, isRetry: true, memory: 1 },
    ],
  },
  {
    name: 'Between two tries of a handler the alarm is set; in the second one it is not',
    parts,
    async alarm(self) {
      self.note(await parts.get(self))
      if (self.memory.has('failed')) return
      self.memory.set('failed', 1)
      throw new Error('the alarm fails')
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await sleep(200)
      const between = await call('object', 'get')
      await until(() => notes().length > 1)
      return { notes: notes(), between }
    },
    expect: { notes: [null, null], between: 'set' },
  },
  {
    name: 'A handler that throws keeps what it wrote before',
    parts,
    async alarm(self) {
      table.add(self, 1)
      self.note('fired')
      if (self.memory.has('failed')) return
      self.memory.set('failed', 1)
      throw new Error('the alarm fails')
    },
    async run({ call, until, notes }) {
      await call('object', 'create')
      await call('object', 'set', 0)
      await until(() => notes().length > 1)
      return call('object', 'read')
    },
    expect: [1, 1],
  },
  {
    name: 'A handler that sets the alarm and throws fires once more',
    parts,
    async alarm(self) {
      self.note('fired')
      if (self.memory.has('failed')) return
      self.memory.set('failed', 1)
      await self.ctx.storage.setAlarm(Date.now() + 100)
      throw new Error('the alarm fails')
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 1)
      await sleep(3_000)
      return notes()
    },
    expect: ['fired', 'fired'],
  },
  {
    name: 'A handler that removes the alarm and throws is not tried again',
    parts,
    async alarm(self) {
      self.note('fired')
      await self.ctx.storage.deleteAlarm()
      throw new Error('the alarm fails')
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await sleep(3_000)
      return { notes: notes(), after: await call('object', 'get') }
    },
    expect: { notes: ['fired'], after: null },
  },
  {
    name: 'A handler whose object crashes is run again on a new instance',
    parts,
    async alarm(self) {
      table.add(self, 1)
      self.note({ memory: self.memory.get('n') ?? 0 })
      self.memory.set('n', 1)
      if (crashed) return
      crashed = true
      self.ctx.abort('crash')
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'create')
      await call('object', 'set', 0)
      await until(() => notes().length > 1)
      await sleep(100)
      return { notes: notes(), kept: await call('object', 'read'), alarm: await call('object', 'get') }
    },
    expect: { notes: [{ memory: 0 }, { memory: 0 }], kept: [1], alarm: null },
  },
]
