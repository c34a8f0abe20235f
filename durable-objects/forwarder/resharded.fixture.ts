import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { storeInEarlierLayout } from '../aggregate/journal/earlier-layout.fixture.ts'
import { productOf } from './object.fixture.ts'

// What the last release without stored shards wrote, as it was read from its databases: FORWARDERS was lowered from
// 8 to 3, and streams were taken over by other forwarders one by one. All three belong to forwarder 7 of 8, and to
// forwarder 2 of 3.

const tables = `
  CREATE TABLE streams (
    kind TEXT NOT NULL, id TEXT NOT NULL, sink TEXT NOT NULL,
    delivered INTEGER NOT NULL, known INTEGER NOT NULL,
    owed_since INTEGER, due_at INTEGER, tries INTEGER NOT NULL, held_at INTEGER,
    handed_over INTEGER NOT NULL,
    PRIMARY KEY (kind, id)) WITHOUT ROWID;
  CREATE INDEX streams_due ON streams (due_at, kind, id) WHERE due_at IS NOT NULL;
  CREATE INDEX streams_owed ON streams (owed_since) WHERE owed_since IS NOT NULL;
  CREATE INDEX streams_held ON streams (held_at) WHERE held_at IS NOT NULL;
  CREATE TABLE loose (number INTEGER PRIMARY KEY, event TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE set_aside (
    event TEXT PRIMARY KEY, sink TEXT NOT NULL, kind TEXT, id TEXT, version INTEGER,
    key TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX set_aside_by_stream ON set_aside (kind, id, version) WHERE kind IS NOT NULL;
  CREATE TABLE totals (
    one INTEGER PRIMARY KEY, shard INTEGER NOT NULL, delivered INTEGER NOT NULL, dropped INTEGER NOT NULL,
    filled INTEGER NOT NULL, set_aside INTEGER NOT NULL, last_delivered_at INTEGER);`

/** Nothing was published of the first since; the second was taken over; of the third the new forwarder crashed. */
const forwarders = {
  7: `${tables}
    INSERT INTO streams VALUES ('product', 'KEPT-16', 'usual', 4, 4, NULL, NULL, 0, NULL, 0);
    INSERT INTO streams VALUES ('product', 'KEPT-49', 'usual', 3, 3, NULL, NULL, 0, NULL, 1);
    INSERT INTO streams VALUES ('product', 'KEPT-52', 'usual', 5, 5, NULL, NULL, 0, NULL, 1);
    INSERT INTO totals VALUES (1, 7, 12, 0, 0, 0, 1930132800000);`,
  2: `${tables}
    INSERT INTO streams VALUES ('product', 'KEPT-49', 'usual', 5, 5, NULL, NULL, 0, NULL, 0);
    INSERT INTO totals VALUES (1, 2, 2, 0, 0, 0, 1930132800000);`,
}

/** Each product with how many of its events were recorded by then. */
export const keptProducts = { 'KEPT-16': 4, 'KEPT-49': 5, 'KEPT-52': 8 } as const

/** Puts the databases of that release under the forwarders and the products of a test. */
export async function layResharded(name: string): Promise<void> {
  for (const [shard, sql] of Object.entries(forwarders))
    await runInDurableObject(env.FORWARDER.getByName(`${name} ${shard}`), async (_, { storage }) => {
      await storage.deleteAll()
      storage.sql.exec(sql)
    })
  for (const [sku, recorded] of Object.entries(keptProducts)) {
    const messages = await productOf(sku, recorded + 1)
    const stub = env.PRODUCT.getByName(sku)
    // That it is not published by this release before it is evicted.
    await stub.confirmPublished(messages.map((message) => message.stream?.version ?? 0))
    // The life that wrote the log does not go on after it was replaced.
    await evictDurableObject(stub)
    await runInDurableObject(stub, async (_, state) => {
      storeInEarlierLayout(state)
      const { storage } = state
      storage.sql.exec(`
        DROP TABLE stream;
        CREATE TABLE stream (
          kind TEXT NOT NULL, id TEXT NOT NULL, layout INTEGER NOT NULL,
          sent INTEGER NOT NULL, published INTEGER NOT NULL, reacted INTEGER NOT NULL,
          resends INTEGER NOT NULL, resend_at INTEGER);
        INSERT INTO stream VALUES ('product', '${sku}', 1, ${recorded}, ${recorded}, ${recorded}, 0, NULL);`)
      await storage.setAlarm(Date.now())
    })
    await evictDurableObject(stub)
  }
  await env.DATABASE.batch(
    Object.keys(forwarders).map((shard) =>
      env.DATABASE.prepare('INSERT OR IGNORE INTO forwarders (shard) VALUES (?)').bind(Number(shard)),
    ),
  )
}
