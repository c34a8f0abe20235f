import { type Fact, type Self, thrownBy } from '../fact.ts'
import { table } from '../table.ts'

const { add } = table

export const outputGateFacts: readonly Fact[] = [
  {
    name: 'A call to another object does not leave before the writes of its turn are durable',
    parts: {
      ...table,
      crash(self: Self) {
        add(self, 1)
        self.call('other', 'add', 1).catch(() => {})
        self.ctx.abort('crash')
      },
    },
    async run({ call, sleep }) {
      await call('object', 'create')
      await call('other', 'create')
      await thrownBy(() => call('object', 'crash'))
      await sleep(200)
      return { object: await call('object', 'read'), other: await call('other', 'read') }
    },
    expect: { object: [], other: [] },
  },
  {
    name: 'A message does not leave before the writes of its turn are durable',
    parts: {
      ...table,
      crash(self: Self) {
        add(self, 1)
        const body = {
          fact: 'A message does not leave before the writes of its turn are durable',
          steps: ['ack'],
        }
        self.env.ACKNOWLEDGED.send(body, { contentType: 'json' }).catch(() => {})
        self.ctx.abort('crash')
      },
    },
    async run({ call, sleep, deliveries }) {
      await call('object', 'create')
      await thrownBy(() => call('object', 'crash'))
      await sleep(500)
      return { kept: await call('object', 'read'), deliveries: deliveries().length }
    },
    expect: { kept: [], deliveries: 0 },
  },
  {
    name: 'An object of the bucket is not written before the writes of the turn are durable',
    parts: {
      ...table,
      crash(self: Self) {
        add(self, 1)
        self.env.BUCKET.put('output-gate', 'x').catch(() => {})
        self.ctx.abort('crash')
      },
    },
    async run({ env, call, sleep }) {
      await call('object', 'create')
      await thrownBy(() => call('object', 'crash'))
      await sleep(200)
      return { kept: await call('object', 'read'), stored: await env.BUCKET.head('output-gate') }
    },
    expect: { kept: [], stored: null },
  },
  {
    name: 'A statement does not reach the database before the writes of the turn are durable',
    parts: {
      ...table,
      crash(self: Self) {
        add(self, 1)
        self.env.DATABASE.prepare('INSERT INTO gate VALUES (1)')
          .run()
          .catch(() => {})
        self.ctx.abort('crash')
      },
    },
    async run({ env, call, sleep }) {
      await env.DATABASE.exec('CREATE TABLE gate (number INTEGER)')
      await call('object', 'create')
      await thrownBy(() => call('object', 'crash'))
      await sleep(200)
      const { results } = await env.DATABASE.prepare('SELECT * FROM gate').all()
      return { kept: await call('object', 'read'), results }
    },
    expect: { kept: [], results: [] },
  },
  {
    name: 'A call that leaves after a write comes with the write kept',
    parts: {
      ...table,
      async pass(self: Self) {
        add(self, 1)
        await self.call('other', 'add', 1)
        self.ctx.abort('crash')
      },
    },
    async run({ call }) {
      await call('object', 'create')
      await call('other', 'create')
      await thrownBy(() => call('object', 'pass'))
      return { object: await call('object', 'read'), other: await call('other', 'read') }
    },
    expect: { object: [1], other: [1] },
  },
  {
    name: 'The answer of a call never comes when its writes are lost',
    parts: {
      ...table,
      answer(self: Self) {
        add(self, 1)
        // Before the answer can leave: no I/O comes between.
        queueMicrotask(() => queueMicrotask(() => self.ctx.abort('crash')))
        return 'acknowledged'
      },
    },
    async run({ call }) {
      await call('object', 'create')
      const answer = await thrownBy(() => call('object', 'answer'))
      return { answer, kept: await call('object', 'read') }
    },
    expect: {
      answer: { '<error>': 'Error', durableObjectReset: true, message: 'crash' },
      kept: [],
    },
  },
  {
    name: 'A read waits for the durability of a write that it saw, too',
    parts: {
      ...table,
      write(self: Self) {
        add(self, 1)
        setTimeout(() => self.ctx.abort('crash'), 0)
        return 'written'
      },
    },
    async run({ call }) {
      await call('object', 'create')
      const [written, seen] = await Promise.all([
        call('object', 'write').catch(() => 'lost'),
        call('object', 'read').catch(() => 'lost'),
      ])
      const kept = await call('object', 'read')
      // Which it is, is a matter of time; but what was acknowledged or seen is kept.
      const broken =
        (written === 'written' || JSON.stringify(seen) === '[1]') && JSON.stringify(kept) !== '[1]'
      return { broken }
    },
    expect: { broken: false },
  },
]
