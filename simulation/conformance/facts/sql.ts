import { type Fact, faultText, inObject, type Self, thrownBy } from '../fact.ts'

/** What each of some statements throws. */
async function faults({ ctx }: Self, statements: readonly [query: string, ...bindings: unknown[]][]) {
  const thrown: unknown[] = []
  for (const [query, ...bindings] of statements) {
    const fault = await thrownBy(() => ctx.storage.sql.exec(query, ...bindings).toArray())
    thrown.push(faultText(fault))
  }
  return thrown
}

export const sqlFacts: readonly Fact[] = [
  inObject(
    'Values come back from a column as they were bound',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)')
      const values = [
        null,
        0,
        1,
        -1,
        2 ** 31,
        2 ** 40 + 1,
        Number.MAX_SAFE_INTEGER,
        1.5,
        '',
        'text',
        'e\u0301 🦜',
        new Uint8Array([0, 255]),
        new Uint8Array([7]).buffer,
        new Uint8Array(),
      ]
      for (const value of values) storage.sql.exec('INSERT INTO t (value) VALUES (?)', value)
      return storage.sql
        .exec('SELECT value FROM t ORDER BY id')
        .toArray()
        .map(({ value }) => value)
    },
    [
      null,
      0,
      1,
      -1,
      2 ** 31,
      2 ** 40 + 1,
      Number.MAX_SAFE_INTEGER,
      1.5,
      '',
      'text',
      'e\u0301 🦜',
      '<ArrayBuffer 0 255>',
      '<ArrayBuffer 7>',
      '<ArrayBuffer >',
    ],
  ),
  inObject(
    'Numbers are bound as REAL, and a column of integers stores them as INTEGER',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (i INTEGER, r REAL, t TEXT, b BLOB)')
      storage.sql.exec('INSERT INTO t VALUES (?, ?, ?, ?)', 1, 1, 1, 1)
      return [
        storage.sql
          .exec('SELECT typeof(i) AS i, typeof(r) AS r, typeof(t) AS t, typeof(b) AS b, t AS text FROM t')
          .one(),
        storage.sql.exec('SELECT typeof(?) AS bound, ? / 2 AS half', 1, 1).one(),
      ]
    },
    [
      { i: 'integer', r: 'real', t: 'text', b: 'real', text: '1.0' },
      { bound: 'real', half: 0.5 },
    ],
  ),
  inObject(
    'What SQLite has no type for is refused as a binding, or becomes text',
    async ({ ctx: { storage } }) => {
      const bound = (value: unknown) =>
        storage.sql.exec('SELECT ? AS v, typeof(?1) AS type', value).raw().next().value
      return {
        bigint: await thrownBy(() => bound(1n)),
        boolean: bound(true),
        undefined: bound(undefined),
        object: bound({ a: 1 }),
        notANumber: bound(Number.NaN),
        infinity: bound(Number.POSITIVE_INFINITY),
        negativeZero: bound(-0),
      }
    },
    {
      bigint: { '<error>': 'TypeError', message: 'Cannot convert a BigInt value to a number' },
      boolean: ['true', 'text'],
      undefined: [null, 'null'],
      object: ['[object Object]', 'text'],
      notANumber: [null, 'null'],
      infinity: ['<Infinity>', 'real'],
      negativeZero: ['<-0>', 'real'],
    },
  ),
  inObject(
    'A text keeps NUL; half of a surrogate pair becomes replacement characters',
    ({ ctx: { storage } }) => {
      const { nul, half } = storage.sql.exec('SELECT ? AS nul, ? AS half', 'a\u0000b', 'a\ud800b').one()
      return { nul, half: /^a\ufffd+b$/.test(String(half)) }
    },
    { nul: 'a\u0000b', half: true },
  ),
  inObject(
    'The message of a fault names its cause and its SQLite code',
    async (self) => {
      self.ctx.storage.sql.exec(`
        CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0), u TEXT UNIQUE);
        CREATE TABLE w (id TEXT, n INTEGER, PRIMARY KEY (id, n)) WITHOUT ROWID;
        INSERT INTO t VALUES ('a', 1, 'x');
        INSERT INTO w VALUES ('a', 1);
      `)
      return faults(self, [
        ["INSERT INTO t VALUES ('a', 1, 'y')"],
        ["INSERT INTO t VALUES ('b', 1, 'x')"],
        ["INSERT INTO t VALUES ('c', 0, 'z')"],
        ["INSERT INTO t VALUES ('c', NULL, 'z')"],
        ["INSERT INTO w VALUES ('a', 1)"],
        ['SELECT * FROM missing'],
        ['SELECT missing FROM t'],
        ['INSERT INTO t VALUES (1)'],
        ['SELECT FROM'],
        ['SELECT ?, ?', 1],
        ['SELECT 1', 1],
        ['CREATE TABLE t (n INTEGER)'],
        ['DROP TABLE missing'],
        [''],
      ])
    },
    [
      'Error: UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT',
      'Error: UNIQUE constraint failed: t.u: SQLITE_CONSTRAINT',
      'Error: CHECK constraint failed: n > 0: SQLITE_CONSTRAINT',
      'Error: NOT NULL constraint failed: t.n: SQLITE_CONSTRAINT',
      'Error: UNIQUE constraint failed: w.id, w.n: SQLITE_CONSTRAINT',
      'Error: no such table: missing: SQLITE_ERROR',
      'Error: no such column: missing: SQLITE_ERROR',
      'Error: table t has 3 columns but 1 values were supplied: SQLITE_ERROR',
      'Error: near "FROM": syntax error: SQLITE_ERROR',
      'Error: Wrong number of parameter bindings for SQL query.',
      'Error: Wrong number of parameter bindings for SQL query.',
      'Error: table t already exists: SQLITE_ERROR',
      'Error: no such table: missing: SQLITE_ERROR',
      'Error: SQL code did not contain a statement.',
    ],
  ),
  inObject(
    'Transactions, savepoints, most pragmas and other databases are refused',
    async (self) => {
      const thrown = await faults(self, [
        ['BEGIN'],
        ['COMMIT'],
        ['SAVEPOINT s'],
        ['PRAGMA journal_mode = DELETE'],
        ['PRAGMA user_version'],
        ["ATTACH DATABASE ':memory:' AS other"],
      ])
      return thrown.map((fault) => fault !== 'nothing thrown')
    },
    [true, true, true, true, true, true],
  ),
  inObject(
    'RETURNING gives the rows that were written',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)')
      return [
        storage.sql.exec('INSERT INTO t (n) VALUES (5), (6) RETURNING id, n').toArray(),
        storage.sql.exec('UPDATE t SET n = n + 1 WHERE id = 2 RETURNING n').toArray(),
        storage.sql.exec('DELETE FROM t RETURNING id').toArray(),
      ]
    },
    [
      [
        { id: 1, n: 5 },
        { id: 2, n: 6 },
      ],
      [{ n: 7 }],
      [{ id: 1 }, { id: 2 }],
    ],
  ),
  inObject(
    'A table without ROWID is in the order of its key',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID')
      storage.sql.exec("INSERT INTO t VALUES ('b', 1), ('a', 10), ('a', 9), ('B', 1)")
      return [...storage.sql.exec('SELECT a, b FROM t').raw()]
    },
    [
      ['B', 1],
      ['a', 9],
      ['a', 10],
      ['b', 1],
    ],
  ),
  inObject(
    'A fresh storage has no table, and pragma_table_info and sqlite_master describe those that are made',
    ({ ctx: { storage } }) => {
      const names = () => storage.sql.exec('SELECT type, name FROM sqlite_master ORDER BY name').toArray()
      const fresh = names()
      storage.sql.exec('CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID')
      storage.sql.exec('CREATE INDEX t_by_n ON t (n) WHERE n > 0')
      storage.sql.exec('ALTER TABLE t ADD COLUMN more TEXT')
      const columns = storage.sql.exec("SELECT name, type, pk FROM pragma_table_info('t')").toArray()
      const missing = storage.sql.exec("SELECT name FROM pragma_table_info('missing')").toArray()
      return { fresh, made: names(), columns, missing }
    },
    {
      fresh: [],
      made: [
        { type: 'table', name: 't' },
        { type: 'index', name: 't_by_n' },
      ],
      columns: [
        { name: 'id', type: 'TEXT', pk: 1 },
        { name: 'n', type: 'INTEGER', pk: 0 },
        { name: 'more', type: 'TEXT', pk: 0 },
      ],
      missing: [],
    },
  ),
  inObject(
    'JSON is read by operators and functions',
    ({ ctx: { storage } }) => {
      const json = JSON.stringify({ a: { b: [1, 'x', null] }, 'c.d': true })
      return [
        storage.sql
          .exec(
            "SELECT ? ->> '$.a.b[1]' AS text, ?1 -> '$.a.b' AS json, ?1 ->> '$.missing' AS missing, json_extract(?1, '$.a.b[0]') AS number",
            json,
          )
          .one(),
        [...storage.sql.exec("SELECT value, type FROM json_each(?, '$.a.b')", json).raw()],
        storage.sql.exec('SELECT json_valid(?) AS valid', '{').one(),
        storage.sql.exec('SELECT json_group_array(value) AS list FROM json_each(?)', '[3,1]').one(),
      ]
    },
    [
      { text: 'x', json: '[1,"x",null]', missing: null, number: 1 },
      [
        [1, 'integer'],
        ['x', 'text'],
        [null, 'null'],
      ],
      { valid: 0 },
      { list: '[3,1]' },
    ],
  ),
  inObject(
    'Foreign keys are held',
    async (self) => {
      self.ctx.storage.sql.exec('CREATE TABLE a (id INTEGER PRIMARY KEY)')
      self.ctx.storage.sql.exec('CREATE TABLE b (a INTEGER REFERENCES a)')
      return faults(self, [['INSERT INTO b VALUES (1)']])
    },
    ['Error: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT'],
  ),
  inObject(
    'Numbered bindings may be used twice',
    ({ ctx: { storage } }) =>
      storage.sql.exec('SELECT ?2 AS b, ?1 AS a, ?2 AS again', 'first', 'second').one(),
    { b: 'second', a: 'first', again: 'second' },
  ),
  inObject(
    'Sums, counts and extremes of no rows',
    ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (n INTEGER)')
      return storage.sql
        .exec('SELECT count(*) AS c, sum(n) AS s, max(n) AS m, coalesce(max(n), 0) AS z FROM t')
        .one()
    },
    { c: 0, s: null, m: null, z: 0 },
  ),
  inObject(
    'deleteAll removes tables, and new ones can be made at once',
    async ({ ctx: { storage } }) => {
      storage.sql.exec('CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)')
      await storage.deleteAll()
      const left = storage.sql.exec('SELECT name FROM sqlite_master').toArray()
      storage.sql.exec('CREATE TABLE t (n INTEGER)')
      return { left, rows: storage.sql.exec('SELECT * FROM t').toArray() }
    },
    { left: [], rows: [] },
  ),
]
