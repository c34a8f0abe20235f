import { type Fact, type Self, thrownBy } from '../fact.ts'
import { table } from '../table.ts'

const { add } = table

const CRASHED = { '<error>': 'Error', durableObjectReset: true, message: 'crash' }

/** A fact about what is kept of a part that ends in a crash. */
function afterCrash(name: string, part: (self: Self) => unknown, kept: unknown): Fact {
  return {
    name,
    parts: { ...table, part },
    async run({ call }) {
      await call('object', 'create')
      await call('helper', 'create')
      await thrownBy(() => call('object', 'part'))
      return call('object', 'read')
    },
    expect: kept,
  }
}

export const crashFacts: readonly Fact[] = [
  afterCrash(
    'A crash loses all writes of the turn in which it comes',
    (self) => {
      add(self, 1)
      add(self, 2)
      self.ctx.abort('crash')
    },
    [],
  ),
  afterCrash(
    'A crash loses a transactionSync of the turn in which it comes',
    (self) => {
      self.ctx.storage.transactionSync(() => add(self, 1))
      self.ctx.abort('crash')
    },
    [],
  ),
  afterCrash(
    'Awaiting a promise that is settled does not end a turn',
    async (self) => {
      add(self, 1)
      await Promise.resolve()
      add(self, 2)
      await null
      self.ctx.abort('crash')
    },
    [],
  ),
  afterCrash(
    'Awaiting an operation on the alarm does not end a turn',
    async (self) => {
      const { storage } = self.ctx
      add(self, 1)
      await storage.getAlarm()
      add(self, 2)
      await storage.setAlarm(Date.now() + 60_000)
      add(self, 3)
      await storage.deleteAlarm()
      self.ctx.abort('crash')
    },
    [],
  ),
  afterCrash(
    'Awaiting WebCrypto does not end a turn',
    async (self) => {
      const bytes = new Uint8Array([1, 2, 3])
      add(self, 1)
      await crypto.subtle.digest('SHA-256', bytes)
      add(self, 2)
      const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
        'sign',
      ])
      add(self, 3)
      await crypto.subtle.sign('HMAC', key, bytes)
      self.ctx.abort('crash')
    },
    [],
  ),
  afterCrash(
    'Awaiting a timer ends a turn: what was written before is kept first',
    async (self) => {
      add(self, 1)
      await new Promise((resolve) => setTimeout(resolve, 200))
      add(self, 2)
      self.ctx.abort('crash')
    },
    [1],
  ),
  afterCrash(
    'Awaiting a call to another object makes what was written before durable',
    async (self) => {
      add(self, 1)
      await self.call('helper', 'add', 1)
      add(self, 2)
      self.ctx.abort('crash')
    },
    [1],
  ),
  afterCrash(
    'Awaiting sync makes what was written before durable',
    async (self) => {
      add(self, 1)
      await self.ctx.storage.sync()
      add(self, 2)
      self.ctx.abort('crash')
    },
    [1],
  ),
  {
    name: 'What a call wrote is durable once its answer is there',
    parts: { ...table, crash: ({ ctx }: Self) => ctx.abort('crash') },
    async run({ call }) {
      await call('object', 'create')
      await call('object', 'add', 1)
      await thrownBy(() => call('object', 'crash'))
      return call('object', 'read')
    },
    expect: [1],
  },
  {
    name: 'Nothing that runs in an object after its crash has an effect',
    parts: {
      ...table,
      async crash(self: Self) {
        const late = async (number: number) => {
          add(self, number)
          await self.call('helper', 'add', number)
        }
        setTimeout(() => late(1).catch(() => {}), 50)
        self.ctx.waitUntil(
          Promise.resolve()
            .then(() => late(2))
            .catch(() => {}),
        )
        self.ctx.abort('crash')
        await late(3)
      },
    },
    async run({ call, sleep }) {
      await call('object', 'create')
      await call('helper', 'create')
      await thrownBy(() => call('object', 'crash'))
      await sleep(150)
      return { object: await call('object', 'read'), helper: await call('helper', 'read') }
    },
    expect: { object: [], helper: [] },
  },
  {
    name: 'All calls in flight to an object that crashes are rejected, each with the reason of the crash',
    parts: {
      async wait({ note }: Self) {
        note('waits')
        await new Promise((resolve) => setTimeout(resolve, 5_000))
      },
      crash: ({ ctx }: Self) => ctx.abort('out of order'),
    },
    async run({ call, until, notes }) {
      const waiting = [thrownBy(() => call('object', 'wait')), thrownBy(() => call('object', 'wait'))]
      await until(() => notes().length === 2)
      const crashed = await thrownBy(() => call('object', 'crash'))
      return [crashed, ...(await Promise.all(waiting))]
    },
    expect: Array.from({ length: 3 }, () => ({
      '<error>': 'Error',
      durableObjectReset: true,
      message: 'out of order',
    })),
  },
  {
    name: 'A crash without a reason rejects calls with a message of the platform',
    parts: { crash: ({ ctx }: Self) => ctx.abort() },
    run: ({ call }) => thrownBy(() => call('object', 'crash')),
    expect: {
      '<error>': 'Error',
      durableObjectReset: true,
      message: 'Application called abort() to reset Durable Object.',
    },
  },
  {
    name: 'A stub whose object crashed answers no more; a new one reaches a new instance',
    parts: { crash: ({ ctx }: Self) => ctx.abort('crash') },
    async run({ env, nameOf, call }) {
      const stub = env.PROBE.getByName(nameOf())
      const before = await stub.privateSum()
      await thrownBy(() => call('object', 'crash'))
      const old = await thrownBy(() => stub.privateSum())
      const oldAgain = await thrownBy(() => stub.privateSum())
      return { before, old, oldAgain, new: await env.PROBE.getByName(nameOf()).privateSum() }
    },
    expect: { before: 42, old: CRASHED, oldAgain: CRASHED, new: 42 },
  },
]
