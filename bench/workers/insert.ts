import { DurableObject } from 'cloudflare:workers'

interface Env {
  readonly OBJECTS: DurableObjectNamespace<InsertObject>
}

/** One INSERT for each request: the least that an object can do which answers only for what is durable. */
export class InsertObject extends DurableObject<Env> {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    state.storage.sql.exec('CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
  }

  /** Stores a text, and returns how many there are. */
  insert(text: string): number {
    this.ctx.storage.sql.exec('INSERT INTO entries (text) VALUES (?)', text)
    const { entries } = this.ctx.storage.sql
      .exec<{ entries: number }>('SELECT last_insert_rowid() AS entries')
      .one()
    return entries
  }
}

/** `POST /<name>`: stores the body in the object of that name. */
export default {
  async fetch(request, env) {
    const objects = env.OBJECTS
    const entries = await objects.getByName(new URL(request.url).pathname).insert(await request.text())
    return Response.json({ entries })
  },
} satisfies ExportedHandler<Env>
