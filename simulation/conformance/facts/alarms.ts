import { type Fact, type Self, thrownBy } from '../fact.ts'
import { table } from '../table.ts'

const parts = {
  ...table,
  set: async ({ ctx }: Self, inMilliseconds: number) => {
    await ctx.storage.setAlarm(Date.now() + inMilliseconds)
  },
  get: async ({ ctx }: Self) => ((await ctx.storage.getAlarm()) === null ? null : 'set'),
  async setAgain({ ctx }: Self, inMilliseconds: number) {
    const at = Date.now() + inMilliseconds
    await ctx.storage.setAlarm(at)
    await ctx.storage.deleteAlarm()
    await ctx.storage.setAlarm(at)
  },
  remove: ({ ctx }: Self) => ctx.storage.deleteAlarm(),
}

/** Writes down that it fired. */
const noteFired = ({ note }: Self): void => note('fired')

export const alarmFacts: readonly Fact[] = [
  {
    name: 'An alarm fires once, not before its time',
    parts: {
      async set({ ctx, note }: Self) {
        const at = Date.now() + 300
        note(at)
        await ctx.storage.setAlarm(at)
        return (await ctx.storage.getAlarm()) === at
      },
    },
    alarm: ({ note }) => note(Date.now()),
    async run({ call, until, sleep, notes }) {
      const stored = await call('object', 'set')
      await until(() => notes().length > 1)
      await sleep(300)
      const [due, firedAt, ...more] = notes().map(Number)
      return { stored, early: (firedAt ?? 0) < (due ?? 0), more }
    },
    expect: { stored: true, early: false, more: [] },
  },
  {
    name: 'An alarm that is set for the past fires at once',
    parts,
    alarm: noteFired,
    async run({ call, until, notes }) {
      await call('object', 'set', -60_000)
      await until(() => notes().length > 0)
      return notes()
    },
    expect: ['fired'],
  },
  {
    name: 'An object without an alarm has none, and its alarm may be removed all the same',
    parts,
    async run({ call }) {
      const before = await call('object', 'get')
      await call('object', 'remove')
      return [before, await call('object', 'get')]
    },
    expect: [null, null],
  },
  {
    name: 'In its handler an alarm is no longer set, and after it neither',
    parts,
    alarm: async (self) => self.note(await parts.get(self)),
    async run({ call, until, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await until(async () => (await call('object', 'get')) === null)
      return notes()
    },
    expect: [null],
  },
  {
    name: 'An alarm that is set in the handler stays',
    parts,
    async alarm(self) {
      self.note('fired')
      if (self.ctx.id.name && !self.memory.has('again')) {
        self.memory.set('again', 1)
        await self.ctx.storage.setAlarm(Date.now() + 100)
        self.note(await parts.get(self))
      }
    },
    async run({ call, until, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length === 3)
      return { notes: notes(), after: await call('object', 'get') }
    },
    expect: { notes: ['fired', 'set', 'fired'], after: null },
  },
  {
    name: 'An alarm that its handler sets again for the same time fires again',
    parts: {
      async set({ ctx, memory }: Self) {
        memory.set('at', Date.now() - 1_000)
        await ctx.storage.setAlarm(memory.get('at') ?? 0)
      },
    },
    async alarm({ ctx, memory, note }) {
      note('fired')
      const times = (memory.get('times') ?? 0) + 1
      memory.set('times', times)
      if (times < 3) await ctx.storage.setAlarm(memory.get('at') ?? 0)
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'set')
      await until(() => notes().length === 3)
      await sleep(300)
      return notes().length
    },
    expect: 3,
  },
  {
    name: 'An alarm that is removed and set again for the same time in one turn fires',
    parts,
    alarm: noteFired,
    async run({ call, until, notes }) {
      await call('object', 'setAgain', 200)
      await until(() => notes().length > 0)
      return notes()
    },
    expect: ['fired'],
  },
  {
    name: 'deleteAll in the handler leaves nothing, and no alarm',
    parts,
    async alarm(self) {
      await self.ctx.storage.deleteAll()
      self.note('fired')
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'create')
      await call('object', 'add', 1)
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await sleep(100)
      await call('object', 'create')
      return { kept: await call('object', 'read'), alarm: await call('object', 'get'), fired: notes().length }
    },
    expect: { kept: [], alarm: null, fired: 1 },
  },
  {
    name: 'An alarm that is set by a call while the handler runs stays, and fires once',
    parts: {
      ...parts,
      async setAndGoOn(self: Self) {
        await self.ctx.storage.setAlarm(Date.now() + 200)
        self.memory.set('goOn', 1)
      },
    },
    async alarm({ note, memory }) {
      note('begins')
      while (!memory.has('goOn')) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    async run({ call, until, sleep, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await call('object', 'setAndGoOn')
      await until(() => notes().length === 2)
      await sleep(400)
      return { fired: notes().length, after: await call('object', 'get') }
    },
    expect: { fired: 2, after: null },
  },
  {
    name: 'An alarm that is set twice has the last time: it can be moved ahead and back',
    parts,
    alarm: noteFired,
    async run({ call, until, sleep, notes }) {
      await call('object', 'set', 2_000)
      await call('object', 'set', 60_000)
      await sleep(2_500)
      const moved = notes().length
      await call('object', 'set', 50)
      await until(() => notes().length > 0)
      await sleep(200)
      return { moved, fired: notes(), after: await call('object', 'get') }
    },
    expect: { moved: 0, fired: ['fired'], after: null },
  },
  {
    name: 'An alarm that is removed does not fire',
    parts,
    alarm: noteFired,
    async run({ call, sleep, notes }) {
      await call('object', 'set', 2_000)
      await call('object', 'remove')
      await sleep(2_500)
      return { fired: notes(), after: await call('object', 'get') }
    },
    expect: { fired: [], after: null },
  },
  {
    name: 'An alarm outlives an eviction',
    parts,
    alarm: noteFired,
    async run({ call, evict, until, notes }) {
      await call('object', 'set', 300)
      await evict()
      await until(() => notes().length > 0)
      return notes()
    },
    expect: ['fired'],
  },
  {
    name: 'An alarm outlives a crash',
    parts: { ...parts, crash: ({ ctx }: Self) => ctx.abort('crash') },
    alarm: noteFired,
    async run({ call, until, notes }) {
      await call('object', 'set', 300)
      await thrownBy(() => call('object', 'crash'))
      await until(() => notes().length > 0)
      return notes()
    },
    expect: ['fired'],
  },
  {
    name: 'An alarm that is set in the turn of a crash is lost with its writes',
    parts: {
      ...parts,
      crash(self: Self) {
        table.add(self, 1)
        void self.ctx.storage.setAlarm(Date.now() + 100)
        self.ctx.abort('crash')
      },
    },
    alarm: noteFired,
    async run({ call, sleep, notes }) {
      await call('object', 'create')
      await thrownBy(() => call('object', 'crash'))
      const after = { kept: await call('object', 'read'), alarm: await call('object', 'get') }
      await sleep(400)
      return { ...after, fired: notes() }
    },
    expect: { kept: [], alarm: null, fired: [] },
  },
  {
    name: 'A crash in the turn that moves or removes an alarm leaves the alarm as it was',
    parts: {
      ...parts,
      async crash(self: Self) {
        void self.ctx.storage.deleteAlarm()
        self.ctx.abort('crash')
      },
    },
    alarm: noteFired,
    async run({ call, until, notes }) {
      await call('object', 'set', 2_000)
      await thrownBy(() => call('object', 'crash'))
      const after = await call('object', 'get')
      await until(() => notes().length > 0)
      return { after, fired: notes() }
    },
    expect: { after: 'set', fired: ['fired'] },
  },
  {
    name: 'An alarm that is set without await is kept with the write of the same turn',
    parts: {
      ...parts,
      write(self: Self) {
        table.add(self, 1)
        void self.ctx.storage.setAlarm(Date.now() + 300)
      },
      crash: ({ ctx }: Self) => ctx.abort('crash'),
    },
    alarm: noteFired,
    async run({ call, until, notes }) {
      await call('object', 'create')
      await call('object', 'write')
      await thrownBy(() => call('object', 'crash'))
      const kept = await call('object', 'read')
      await until(() => notes().length > 0)
      return { kept, fired: notes() }
    },
    expect: { kept: [1], fired: ['fired'] },
  },
  {
    name: 'transactionSync that throws undoes an alarm that was set in it',
    parts: {
      ...parts,
      async part({ ctx }: Self) {
        await thrownBy(() =>
          ctx.storage.transactionSync(() => {
            void ctx.storage.setAlarm(Date.now() + 60_000)
            throw new Error('undo')
          }),
        )
        return (await ctx.storage.getAlarm()) === null ? null : 'set'
      },
    },
    run: ({ call }) => call('object', 'part'),
    expect: null,
  },
  {
    name: 'deleteAll removes the alarm too',
    parts: {
      ...parts,
      async clear({ ctx }: Self) {
        await ctx.storage.deleteAll()
      },
    },
    alarm: noteFired,
    async run({ call, sleep, notes }) {
      await call('object', 'create')
      await call('object', 'set', 2_000)
      await call('object', 'clear')
      const after = await call('object', 'get')
      await sleep(2_500)
      return { after, fired: notes() }
    },
    expect: { after: null, fired: [] },
  },
  {
    name: 'The time of an alarm is cut to milliseconds; zero, NaN and the far future are refused',
    parts: {
      async part({ ctx }: Self) {
        const at = Date.now() + 60_000
        await ctx.storage.setAlarm(at + 0.7)
        const whole = (await ctx.storage.getAlarm()) === at
        await ctx.storage.setAlarm(new Date(at + 1))
        const date = (await ctx.storage.getAlarm()) === at + 1
        return {
          whole,
          date,
          negative: await thrownBy(() => ctx.storage.setAlarm(-1)),
          zero: await thrownBy(() => ctx.storage.setAlarm(0)),
          notANumber: await thrownBy(() => ctx.storage.setAlarm(Number.NaN)),
          tooLate: await thrownBy(() => ctx.storage.setAlarm(8.64e15)),
        }
      },
    },
    run: ({ call }) => call('object', 'part'),
    expect: {
      whole: true,
      date: true,
      negative: { '<error>': 'TypeError', message: 'setAlarm() cannot be called with an alarm time <= 0' },
      zero: { '<error>': 'TypeError', message: 'setAlarm() cannot be called with an alarm time <= 0' },
      notANumber: {
        '<error>': 'TypeError',
        message: 'The value cannot be converted because it is not a valid Date.',
      },
      tooLate: { '<error>': 'TypeError', message: "This API doesn't support dates after 2189." },
    },
  },
  {
    name: 'A handler runs beside calls to the object',
    parts: {
      ...parts,
      ask({ note, memory }: Self) {
        note('asked')
        memory.set('asked', 1)
      },
    },
    async alarm({ note, memory }) {
      note('begins')
      while (!memory.has('asked')) await new Promise((resolve) => setTimeout(resolve, 20))
      note('ends')
    },
    async run({ call, until, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await call('object', 'ask')
      await until(() => notes().length === 3)
      return notes()
    },
    expect: ['begins', 'asked', 'ends'],
  },
  {
    name: 'An alarm that is set while its handler runs fires after the handler has ended',
    parts,
    async alarm({ note }) {
      note('begins')
      await new Promise((resolve) => setTimeout(resolve, 400))
      note('ends')
    },
    async run({ call, until, notes }) {
      await call('object', 'set', 0)
      await until(() => notes().length > 0)
      await call('object', 'set', 0)
      await until(() => notes().length === 4)
      return notes()
    },
    expect: ['begins', 'ends', 'begins', 'ends'],
  },
]
