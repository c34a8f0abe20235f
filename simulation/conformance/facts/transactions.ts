import { type Fact, type Self, thrownBy } from '../fact.ts'
import { table } from '../table.ts'

const { create, add, read } = table

/** A fact about `transactionSync`: what a part returns, and what the table has in the end. */
function inTransaction(
  name: string,
  part: (self: Self) => unknown,
  expect: { result: unknown; kept: unknown[] },
): Fact {
  return {
    name,
    parts: { create, part: async (self) => ({ result: await part(self), kept: read(self) }) },
    async run({ call }) {
      await call('object', 'create')
      return call('object', 'part')
    },
    expect,
  }
}

export const transactionFacts: readonly Fact[] = [
  inTransaction(
    'transactionSync returns what its closure returns, and keeps what it wrote',
    (self) =>
      self.ctx.storage.transactionSync(() => {
        add(self, 1)
        return { seen: read(self) }
      }),
    { result: { seen: [1] }, kept: [1] },
  ),
  inTransaction(
    'transactionSync undoes its writes when its closure throws, and throws the same',
    async (self) => {
      add(self, 1)
      const fault = new RangeError('undo')
      const thrown = await thrownBy(() =>
        self.ctx.storage.transactionSync(() => {
          add(self, 2)
          throw fault
        }),
      )
      return thrown === fault
    },
    { result: true, kept: [1] },
  ),
  inTransaction(
    'A transactionSync in another one undoes only its own writes',
    (self) =>
      self.ctx.storage.transactionSync(() => {
        add(self, 1)
        try {
          self.ctx.storage.transactionSync(() => {
            add(self, 2)
            throw new Error('undo')
          })
        } catch {}
        add(self, 3)
        return read(self)
      }),
    { result: [1, 3], kept: [1, 3] },
  ),
  inTransaction(
    'An outer transactionSync that throws undoes an inner one that ended well',
    (self) =>
      thrownBy(() =>
        self.ctx.storage.transactionSync(() => {
          self.ctx.storage.transactionSync(() => add(self, 1))
          throw new Error('undo')
        }),
      ),
    { result: { '<error>': 'Error', message: 'undo' }, kept: [] },
  ),
  inTransaction(
    'A table that is created in a transactionSync that throws is not there',
    async (self) => {
      const { sql } = self.ctx.storage
      await thrownBy(() =>
        self.ctx.storage.transactionSync(() => {
          sql.exec('CREATE TABLE others (name TEXT)')
          throw new Error('undo')
        }),
      )
      return sql.exec("SELECT name FROM sqlite_master WHERE name = 'others'").toArray()
    },
    { result: [], kept: [] },
  ),
  inTransaction(
    'A statement that fails in a transactionSync and is caught undoes nothing else',
    (self) =>
      self.ctx.storage.transactionSync(() => {
        add(self, 1)
        try {
          self.ctx.storage.sql.exec('INSERT INTO missing VALUES (1)')
        } catch {}
        add(self, 2)
      }),
    { result: '<undefined>', kept: [1, 2] },
  ),
  {
    name: 'A method that throws after a write keeps the write',
    parts: {
      ...table,
      fail(self: Self) {
        add(self, 1)
        throw new RangeError('after the write')
      },
      crash: ({ ctx }: Self) => ctx.abort('crash'),
    },
    async run({ call }) {
      await call('object', 'create')
      const thrown = await thrownBy(() => call('object', 'fail'))
      await thrownBy(() => call('object', 'crash'))
      return { thrown, kept: await call('object', 'read') }
    },
    expect: {
      thrown: { '<error>': 'RangeError', message: 'after the write', remote: true },
      kept: [1],
    },
  },
  {
    name: 'A statement that violates a constraint leaves nothing of itself and all of what came before',
    parts: {
      async part({ ctx }: Self) {
        const { sql } = ctx.storage
        sql.exec('CREATE TABLE names (name TEXT PRIMARY KEY)')
        sql.exec("INSERT INTO names VALUES ('a')")
        await thrownBy(() => sql.exec("INSERT INTO names VALUES ('b'), ('a')"))
        return sql.exec('SELECT name FROM names').toArray()
      },
    },
    run: ({ call }) => call('object', 'part'),
    expect: [{ name: 'a' }],
  },
  {
    name: 'Storage outlives an eviction, and memory does not',
    parts: {
      ...table,
      remember: ({ memory }: Self) => memory.set('n', 1).size,
      remembered: ({ memory }: Self) => memory.get('n') ?? null,
    },
    async run({ call, evict }) {
      await call('object', 'create')
      await call('object', 'add', 7)
      await call('object', 'remember')
      const before = await call('object', 'remembered')
      await evict()
      return { before, after: await call('object', 'remembered'), kept: await call('object', 'read') }
    },
    expect: { before: 1, after: null, kept: [7] },
  },
]
