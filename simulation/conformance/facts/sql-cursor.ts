import { type Fact, inObject, type Self, thrownBy } from '../fact.ts'

const THREE = "SELECT 1 AS id, 'a' AS name UNION ALL SELECT 2, 'b' UNION ALL SELECT 3, NULL"

/** Whether a statement counts rows as written, before its rows are read. */
function writes({ ctx }: Self, query: string, ...bindings: unknown[]): boolean {
  const cursor = ctx.storage.sql.exec(query, ...bindings)
  const counted = cursor.rowsWritten > 0
  cursor.toArray()
  return counted
}

export const cursorFacts: readonly Fact[] = [
  inObject(
    'A cursor gives its rows as objects, as arrays, or one after another',
    ({ ctx: { storage } }) => {
      const one = storage.sql.exec(THREE)
      const steps = [one.next(), one.next(), one.next(), one.next()]
      return {
        toArray: storage.sql.exec(THREE).toArray(),
        raw: [...storage.sql.exec(THREE).raw()],
        iterated: [...storage.sql.exec(THREE)].map(({ name }) => name),
        columnNames: storage.sql.exec(THREE).columnNames,
        steps,
      }
    },
    {
      toArray: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
        { id: 3, name: null },
      ],
      raw: [
        [1, 'a'],
        [2, 'b'],
        [3, null],
      ],
      iterated: ['a', 'b', null],
      columnNames: ['id', 'name'],
      steps: [
        { done: false, value: { id: 1, name: 'a' } },
        { done: false, value: { id: 2, name: 'b' } },
        { done: false, value: { id: 3, name: null } },
        { done: true, value: '<undefined>' },
      ],
    },
  ),
  inObject(
    'A cursor gives each row once',
    ({ ctx: { storage } }) => {
      const cursor = storage.sql.exec(THREE)
      const first = cursor.next()
      return { first, rest: cursor.toArray(), again: cursor.toArray() }
    },
    {
      first: { done: false, value: { id: 1, name: 'a' } },
      rest: [
        { id: 2, name: 'b' },
        { id: 3, name: null },
      ],
      again: [],
    },
  ),
  inObject(
    'one() gives the only row, and throws on none and on two',
    async ({ ctx: { storage } }) => ({
      one: storage.sql.exec('SELECT 1 AS n').one(),
      none: await thrownBy(() => storage.sql.exec('SELECT 1 WHERE 0').one()),
      two: await thrownBy(() => storage.sql.exec('SELECT 1 UNION ALL SELECT 2').one()),
    }),
    {
      one: { n: 1 },
      none: {
        '<error>': 'Error',
        message: 'Expected exactly one result from SQL query, but got no results.',
      },
      two: {
        '<error>': 'Error',
        message: 'Expected exactly one result from SQL query, but got multiple results.',
      },
    },
  ),
  inObject(
    'A statement is done when exec returns, whether or not its cursor is read',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (n INTEGER)')
      storage.sql.exec('INSERT INTO t VALUES (1)')
      storage.sql.exec('INSERT INTO t VALUES (2), (3)')
      const { rowsWritten } = storage.sql.exec('UPDATE t SET n = n + 1')
      const returning = storage.sql.exec('INSERT INTO t VALUES (5), (6) RETURNING n')
      const before = storage.sql.exec('SELECT count(*) AS c FROM t').one()
      // Read to its end: else the turn cannot be committed, and the object is reset.
      return {
        rowsWritten,
        before,
        returned: returning.toArray(),
        rows: [...storage.sql.exec('SELECT n FROM t ORDER BY n').raw()].flat(),
      }
    },
    { rowsWritten: 3, before: { c: 5 }, returned: [{ n: 5 }, { n: 6 }], rows: [2, 3, 4, 5, 6] },
  ),
  inObject(
    'rowsWritten tells at once whether a statement wrote rows',
    (self) => {
      self.ctx.storage.sql.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)')
      return {
        insert: writes(self, 'INSERT INTO t VALUES (1, 1), (2, 2)'),
        ignored: writes(self, 'INSERT OR IGNORE INTO t VALUES (1, 5)'),
        update: writes(self, 'UPDATE t SET n = n + 1 WHERE id = 1'),
        updatesNone: writes(self, 'UPDATE t SET n = n + 1 WHERE id = 7'),
        same: writes(self, 'UPDATE t SET n = n WHERE id = 1'),
        upsert: writes(self, 'INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 9'),
        nothing: writes(self, 'INSERT INTO t VALUES (1, 1) ON CONFLICT DO NOTHING'),
        replace: writes(self, 'REPLACE INTO t VALUES (1, 3)'),
        returning: writes(self, 'INSERT INTO t VALUES (?, ?) RETURNING id', 3, 3),
        selectAfterInsert: writes(self, 'SELECT * FROM t'),
        remove: writes(self, 'DELETE FROM t WHERE id = 2'),
        removesNone: writes(self, 'DELETE FROM t WHERE id = 2'),
        removesAll: writes(self, 'DELETE FROM t'),
        removesAllOfNone: writes(self, 'DELETE FROM t'),
      }
    },
    {
      insert: true,
      ignored: false,
      update: true,
      updatesNone: false,
      same: true,
      upsert: true,
      nothing: false,
      replace: true,
      returning: true,
      selectAfterInsert: false,
      remove: true,
      removesNone: false,
      removesAll: true,
      removesAllOfNone: false,
    },
  ),
  inObject(
    'rowsWritten counts one for a row of a table without an index',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID')
      const { rowsWritten: inserted } = storage.sql.exec("INSERT INTO t VALUES ('a', 1), ('b', 2)")
      const { rowsWritten: updated } = storage.sql.exec('UPDATE t SET n = n + 1')
      const { rowsWritten: removed } = storage.sql.exec("DELETE FROM t WHERE id = 'a'")
      return { inserted, updated, removed }
    },
    { inserted: 2, updated: 2, removed: 1 },
  ),
  inObject(
    'Several statements in one exec run in order; bindings and rows belong to the last',
    ({ ctx: { storage } }) => {
      const cursor = storage.sql.exec(
        'CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); SELECT n FROM t WHERE n > ?; ',
        1,
      )
      return cursor.toArray()
    },
    [{ n: 2 }],
  ),
  inObject(
    'Statements before one that fails in the same exec stay done',
    async ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (n INTEGER)')
      const thrown = await thrownBy(() =>
        storage.sql.exec(
          'INSERT INTO t VALUES (1); INSERT INTO missing VALUES (2); INSERT INTO t VALUES (3)',
        ),
      )
      return { thrown, rows: storage.sql.exec('SELECT n FROM t').toArray() }
    },
    {
      thrown: { '<error>': 'Error', message: 'no such table: missing: SQLITE_ERROR' },
      rows: [{ n: 1 }],
    },
  ),
  inObject(
    'Two columns of one name: the object has the last, the array both',
    ({ ctx: { storage } }) => {
      const query = 'SELECT 1 AS n, 2 AS n'
      const { columnNames } = storage.sql.exec(query)
      return {
        object: storage.sql.exec(query).toArray(),
        raw: [...storage.sql.exec(query).raw()],
        columnNames,
      }
    },
    { object: [{ n: 2 }], raw: [[1, 2]], columnNames: ['n', 'n'] },
  ),
  inObject(
    'A write while a cursor is open is allowed',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (n INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)')
      const seen: unknown[] = []
      for (const { n } of storage.sql.exec('SELECT n FROM t ORDER BY n')) {
        seen.push(n)
        storage.sql.exec('DELETE FROM t WHERE n = ?', Number(n))
      }
      return { seen, left: storage.sql.exec('SELECT n FROM t').toArray() }
    },
    { seen: [1, 2], left: [] },
  ),
  inObject(
    'The same query again while its cursor is open leaves each cursor its own rows',
    ({ ctx: { storage } }) => {
      const first = storage.sql.exec(THREE)
      const one = first.next().value
      const second = storage.sql.exec(THREE)
      return { one, second: second.toArray().length, rest: first.toArray().length }
    },
    { one: { id: 1, name: 'a' }, second: 3, rest: 2 },
  ),
]
