/** What Petrel asked of the platform, in the units that are billed, since the isolate began. */
const counts: Record<string, number> = {
  objectRequests: 0,
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  queueMessages: 0,
  queueSends: 0,
  bucketWrites: 0,
  databaseRowsRead: 0,
  databaseRowsWritten: 0,
}

function add(unit: string, amount: number): void {
  counts[unit] = (counts[unit] ?? 0) + amount
}

type Method = (this: unknown, ...args: unknown[]) => unknown
type Methods = Record<string | symbol, unknown>

/** Puts something around a method that all objects of a prototype have. */
function around(prototype: Methods, name: string, wrap: (original: Method) => Method): void {
  const original = prototype[name]
  if (isMethod(original)) prototype[name] = wrap(original)
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}

/** An object whose methods are watched; everything else is as it was. */
function watched<Target extends object>(
  target: Target,
  watch: (name: string | symbol, args: unknown[]) => void,
) {
  return new Proxy(target, {
    get(_, name) {
      const member = (target as Methods)[name]
      if (!isMethod(member)) return member
      return (...args: unknown[]) => {
        watch(name, args)
        return member.apply(target, args)
      }
    },
  })
}

let isStorageCounted = false

/** Counts what objects ask of their storage: all objects of an isolate have the methods of one prototype. */
export function countStorage({ storage }: DurableObjectState): void {
  if (isStorageCounted) return
  isStorageCounted = true
  around(
    Object.getPrototypeOf(storage.sql),
    'exec',
    (exec) =>
      function counted(...args) {
        const cursor = exec.apply(this, args) as SqlStorageCursor<never>
        // Whoever asks for rows takes them at once: then the cursor knows what it has cost.
        queueMicrotask(() => {
          add('rowsRead', cursor.rowsRead)
          add('rowsWritten', cursor.rowsWritten)
        })
        return cursor
      },
  )
  around(
    Object.getPrototypeOf(storage),
    'setAlarm',
    (setAlarm) =>
      function counted(...args) {
        add('alarmsSet', 1)
        return setAlarm.apply(this, args)
      },
  )
}

/** Counts the alarms that ring: each bills as a request. */
export function countAlarms(prototype: Methods): void {
  around(
    prototype,
    'alarm',
    (alarm) =>
      function counted(...args) {
        add('objectRequests', 1)
        return alarm.apply(this, args)
      },
  )
}

interface Names {
  readonly objects: readonly string[]
  readonly queues: readonly string[]
  readonly buckets: readonly string[]
  readonly databases: readonly string[]
}

const environments = new WeakMap<object, object>()

/** The bindings, counted. */
export function counting(env: Methods, { objects, queues, buckets, databases }: Names): object {
  const known = environments.get(env)
  if (known) return known
  const counted: Methods = { ...env }
  for (const name of objects) counted[name] = countedObjects(env[name] as DurableObjectNamespace)
  for (const name of queues)
    counted[name] = watched(env[name] as Queue, (method, [messages]) => {
      if (method !== 'send' && method !== 'sendBatch') return
      add('queueSends', 1)
      add('queueMessages', Array.isArray(messages) ? messages.length : 1)
    })
  for (const name of buckets)
    counted[name] = watched(env[name] as R2Bucket, (method) => {
      if (method === 'put' || method === 'list') add('bucketWrites', 1)
    })
  for (const name of databases) countDatabase(env[name] as D1Database)
  environments.set(env, counted)
  return counted
}

function countedObjects(namespace: DurableObjectNamespace): DurableObjectNamespace {
  return new Proxy(namespace, {
    get(_, name) {
      const member = (namespace as unknown as Methods)[name]
      if (!isMethod(member)) return member
      return (...args: unknown[]) => {
        const result = member.apply(namespace, args)
        return name === 'get' || name === 'getByName' ? countedStub(result as Methods) : result
      }
    },
  })
}

function countedStub(stub: Methods): Methods {
  return new Proxy(stub, {
    get(_, name) {
      if (typeof stub[name] !== 'function') return stub[name]
      // Called on the stub itself: on what a stub returns for a name, even `apply` would be a remote method.
      return (...args: unknown[]) => {
        add('objectRequests', 1)
        return (stub as Record<string | symbol, Method>)[name]?.(...args)
      }
    },
  })
}

let isDatabaseCounted = false

/** Statements of a prepared kind and batches say what they have cost. */
function countDatabase(database: D1Database): void {
  if (isDatabaseCounted) return
  isDatabaseCounted = true
  const note = (results: readonly { meta?: { rows_read?: number; rows_written?: number } }[]) => {
    for (const { meta } of results) {
      add('databaseRowsRead', meta?.rows_read ?? 0)
      add('databaseRowsWritten', meta?.rows_written ?? 0)
    }
  }
  const noted = (original: Method): Method =>
    async function counted(...args) {
      const result = (await original.apply(this, args)) as D1Result | D1Result[]
      note(Array.isArray(result) ? result : [result])
      return result
    }
  const statement: Methods = Object.getPrototypeOf(database.prepare('SELECT 1'))
  for (const name of ['run', 'all']) around(statement, name, noted)
  around(Object.getPrototypeOf(database), 'batch', noted)
}

/** Answers what the bench asks, in place of Petrel; `null` to any other request. */
export function answer(request: Request): Response | null {
  return new URL(request.url).pathname === '/bench/counts' ? Response.json(counts) : null
}
