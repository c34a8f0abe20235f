import { type Fact, faultText, thrownBy, type World } from '../fact.ts'

/** A fact about a table of its own in the database. */
function inDatabase(
  name: string,
  tableName: string,
  part: (database: D1Database, world: World) => unknown,
  expect: unknown,
): Fact {
  return {
    name,
    async run(world) {
      const database = world.env.DATABASE
      await database.prepare(`CREATE TABLE ${tableName} (id TEXT PRIMARY KEY, n INTEGER NOT NULL)`).run()
      return part(database, world)
    },
    expect,
  }
}

export const databaseFacts: readonly Fact[] = [
  inDatabase(
    'D1 gives rows with all and run, arrays with raw, and one row, one value or null with first',
    'd1_rows',
    async (database) => {
      await database.prepare("INSERT INTO d1_rows VALUES ('a', 1), ('b', 2)").run()
      const select = database.prepare('SELECT * FROM d1_rows WHERE n >= ? ORDER BY id')
      const { results, success, meta } = await select.bind(1).all()
      return {
        all: { results, success, changes: meta.changes },
        run: (await select.bind(2).run()).results,
        raw: await select.bind(1).raw(),
        rawWithNames: await select.bind(1).raw({ columnNames: true }),
        first: await select.bind(1).first(),
        value: await select.bind(2).first('id'),
        none: await select.bind(3).first(),
      }
    },
    {
      all: {
        results: [
          { id: 'a', n: 1 },
          { id: 'b', n: 2 },
        ],
        success: true,
        changes: 0,
      },
      run: [{ id: 'b', n: 2 }],
      raw: [
        ['a', 1],
        ['b', 2],
      ],
      rawWithNames: [
        ['id', 'n'],
        ['a', 1],
        ['b', 2],
      ],
      first: { id: 'a', n: 1 },
      value: 'b',
      none: null,
    },
  ),
  inDatabase(
    'meta.changes counts the rows that a statement inserted, updated or deleted',
    'd1_changes',
    async (database) => {
      const statements = [
        "INSERT INTO d1_changes VALUES ('a', 1), ('b', 2), ('c', 3)",
        "INSERT OR IGNORE INTO d1_changes VALUES ('a', 1), ('d', 4)",
        "INSERT OR IGNORE INTO d1_changes VALUES ('a', 1)",
        'UPDATE d1_changes SET n = n WHERE n > 1',
        'UPDATE d1_changes SET n = 0 WHERE n > 100',
        "INSERT INTO d1_changes VALUES ('a', 9) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE excluded.n > 100",
        "INSERT INTO d1_changes VALUES ('a', 9) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE excluded.n > n",
        'DELETE FROM d1_changes WHERE n > 3',
        'SELECT * FROM d1_changes',
        "INSERT INTO d1_changes VALUES ('e', 5) RETURNING id",
      ]
      const changes: unknown[] = []
      for (const statement of statements) changes.push((await database.prepare(statement).run()).meta.changes)
      return changes
    },
    [3, 1, 0, 3, 0, 0, 1, 2, 0, 1],
  ),
  inDatabase(
    'A batch of D1 is done as a whole, in order, with a result for each statement',
    'd1_batch',
    async (database) => {
      const insert = database.prepare('INSERT INTO d1_batch VALUES (?, ?)')
      const results = await database.batch([
        insert.bind('a', 1),
        database.prepare('SELECT count(*) AS c FROM d1_batch'),
        insert.bind('b', 2),
        database.prepare('SELECT count(*) AS c FROM d1_batch'),
      ])
      return results.map(({ results: rows, meta }) => ({ rows, changes: meta.changes }))
    },
    [
      { rows: [], changes: 1 },
      { rows: [{ c: 1 }], changes: 0 },
      { rows: [], changes: 1 },
      { rows: [{ c: 2 }], changes: 0 },
    ],
  ),
  inDatabase(
    'A batch of D1 in which a statement fails leaves nothing',
    'd1_failed',
    async (database) => {
      const insert = database.prepare('INSERT INTO d1_failed VALUES (?, ?)')
      const thrown = await thrownBy(() =>
        database.batch([insert.bind('a', 1), insert.bind('a', 2), insert.bind('b', 3)]),
      )
      return {
        thrown: faultText(thrown),
        rows: (await database.prepare('SELECT * FROM d1_failed').all()).results,
      }
    },
    {
      thrown: 'Error: D1_ERROR: UNIQUE constraint failed: d1_failed.id: SQLITE_CONSTRAINT',
      rows: [],
    },
  ),
  inDatabase(
    'The message of a fault of D1 begins with D1_ERROR',
    'd1_faults',
    async (database) => {
      const fault = async (query: string, ...bindings: unknown[]) =>
        faultText(
          await thrownBy(() =>
            database
              .prepare(query)
              .bind(...bindings)
              .all(),
          ),
        )
      return [
        await fault('SELECT * FROM missing'),
        await fault('SELECT missing FROM d1_faults'),
        await fault('SELEC'),
        await fault("INSERT INTO d1_faults VALUES ('a', NULL)"),
        await fault('SELECT ?'),
        await fault('SELECT 1', 1),
        await fault('SELECT ?', undefined),
        await fault('SELECT ?', { a: 1 }),
        await fault('SELECT ?', 1n),
      ]
    },
    [
      'Error: D1_ERROR: no such table: missing: SQLITE_ERROR',
      'Error: D1_ERROR: no such column: missing: SQLITE_ERROR',
      'Error: D1_ERROR: near "SELEC": syntax error: SQLITE_ERROR',
      'Error: D1_ERROR: NOT NULL constraint failed: d1_faults.n: SQLITE_CONSTRAINT',
      'Error: D1_ERROR: Wrong number of parameter bindings for SQL query.',
      'Error: D1_ERROR: Wrong number of parameter bindings for SQL query.',
      "Error: D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'",
      "Error: D1_TYPE_ERROR: Type 'object' not supported for value '[object Object]'",
      "Error: D1_TYPE_ERROR: Type 'bigint' not supported for value '1'",
    ],
  ),
  inDatabase(
    'D1 binds null, numbers, booleans, texts and bytes',
    'd1_bindings',
    async (database) => {
      const query =
        'SELECT ? AS none, ? AS whole, ? AS large, ? AS part, ? AS yes, ? AS no, ? AS text, ? AS bytes'
      return database
        .prepare(query)
        .bind(null, 1, 2 ** 40 + 1, 1.5, true, false, 'e\u0301 🦜', new Uint8Array([1, 2]))
        .first()
    },
    { none: null, whole: 1, large: 2 ** 40 + 1, part: 1.5, yes: 1, no: 0, text: 'e\u0301 🦜', bytes: [1, 2] },
  ),
  inDatabase(
    'first gives what RETURNING returns, and null where nothing was written',
    'd1_returning',
    async (database) => {
      const insert = database.prepare(
        'INSERT INTO d1_returning VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING *',
      )
      const rows = [await insert.bind('a', 1).first(), await insert.bind('a', 2).first()]
      return { rows, kept: await database.prepare('SELECT n FROM d1_returning').raw() }
    },
    { rows: [{ id: 'a', n: 1 }, null], kept: [[1]] },
  ),
  inDatabase(
    'D1 takes numbered bindings, and a statement may be bound anew',
    'd1_numbered',
    async (database) => {
      const statement = database.prepare('SELECT ?2 AS b, ?1 AS a, ?2 AS again')
      const first = await statement.bind('x', 'y').first()
      return [first, await statement.bind(1, 2).first()]
    },
    [
      { b: 'y', a: 'x', again: 'y' },
      { b: 2, a: 1, again: 2 },
    ],
  ),
  inDatabase(
    'exec of D1 runs several lines',
    'd1_exec',
    async (database) => {
      const { count } = await database.exec(
        "INSERT INTO d1_exec VALUES ('a', 1)\nINSERT INTO d1_exec VALUES ('b', 2)",
      )
      return { count, rows: await database.prepare('SELECT id FROM d1_exec ORDER BY id').raw() }
    },
    { count: 2, rows: [['a'], ['b']] },
  ),
  inDatabase(
    'D1 reads JSON by operators, and lists as tables',
    'd1_json',
    (database) =>
      database
        .prepare("SELECT value ->> '$.id' AS id FROM json_each(?)")
        .bind('[{"id":"a"},{"id":"b"}]')
        .raw(),
    [['a'], ['b']],
  ),
  inDatabase(
    'Results of D1 in one moment are those of one after another',
    'd1_order',
    async (database) => {
      const add = database.prepare('INSERT INTO d1_order VALUES (?, ?)')
      const numbers = Array.from({ length: 10 }, (_, number) => number)
      await Promise.all(numbers.map((number) => add.bind(String(number), number).run()))
      return (await database.prepare('SELECT count(*) AS c FROM d1_order').first())?.c
    },
    10,
  ),
  {
    name: 'An empty batch of D1 is refused',
    run: async ({ env }) => {
      return faultText(await thrownBy(() => env.DATABASE.batch([])))
    },
    expect: 'Error: D1_ERROR: No SQL statements detected.',
  },
]
