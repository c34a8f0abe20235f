import { type Fact, type Self, show, thrownBy } from '../fact.ts'

/** A fact about what a caller sees of what a method throws. */
function thrownOverRpc(
  name: string,
  value: string,
  expect: { prototype: string | null; later: unknown },
): Fact {
  return {
    name,
    async run({ env, nameOf }) {
      const stub = env.PROBE.getByName(nameOf())
      const later = await thrownBy(() => stub.throwing(value))
      const atOnce = await thrownBy(() => stub.throwingAtOnce(value))
      const prototype = later instanceof Error ? Object.getPrototypeOf(later).constructor.name : null
      return { prototype, later, same: JSON.stringify(show(later)) === JSON.stringify(show(atOnce)) }
    },
    expect: { ...expect, same: true },
  }
}

/** An error as it arrives: everything of it, but its class. */
const arrived = (prototype: string, name: string, message: string, own: Record<string, unknown> = {}) => ({
  prototype,
  later: { '<error>': name, message, ...own, remote: true },
})

/** What a call of something throws that is no method. */
const notThere = (name: string) => ({
  '<error>': 'TypeError',
  message: `The RPC receiver does not implement the method "${name}".`,
  remote: true,
})

export const errorFacts: readonly Fact[] = [
  thrownOverRpc(
    'An Error that a method throws arrives with its message',
    'Error',
    arrived('Error', 'Error', 'plain'),
  ),
  thrownOverRpc(
    'A RangeError that a method throws arrives as one',
    'RangeError',
    arrived('RangeError', 'RangeError', 'a range'),
  ),
  thrownOverRpc(
    'A TypeError that a method throws arrives as one',
    'TypeError',
    arrived('TypeError', 'TypeError', 'a type'),
  ),
  thrownOverRpc(
    'An error of a class of its own arrives as an Error with its name and its properties',
    'error of a class',
    arrived('Error', 'OutOfStock', 'none left', { sku: 'MUG' }),
  ),
  thrownOverRpc(
    'An error arrives with the properties that were set on it',
    'error with properties',
    arrived('Error', 'Error', 'with more', { code: 7, retryable: true, status: { a: 1 } }),
  ),
  thrownOverRpc(
    'An error with a function among its properties arrives without any of them',
    'error with a function',
    arrived('Error', 'Error', 'with a function'),
  ),
  thrownOverRpc(
    'An instance among the properties of an error arrives as a plain object',
    'error with an instance',
    arrived('Error', 'Error', 'with an instance', { code: 7, point: { x: 1 } }),
  ),
  thrownOverRpc(
    'An error arrives with its cause',
    'error with a cause',
    arrived('Error', 'Error', 'outer', { cause: { '<error>': 'RangeError', message: 'inner' } }),
  ),
  thrownOverRpc(
    'An error arrives with the name that was set on it',
    'error with a name',
    arrived('Error', 'ZodError', 'named'),
  ),
  thrownOverRpc(
    'A text that is thrown arrives as an Error',
    'a text',
    arrived('Error', 'Error', 'only a text'),
  ),
  thrownOverRpc('An object that is thrown arrives as one', 'an object', {
    prototype: null,
    later: { reason: 'an object', remote: true },
  }),
  thrownOverRpc('null that is thrown arrives as an Error', 'null', arrived('Error', 'Error', 'null')),
  thrownOverRpc(
    'undefined that is thrown arrives as an Error',
    'undefined',
    arrived('Error', 'Error', 'undefined'),
  ),
  thrownOverRpc(
    'A DOMException arrives as one',
    'DOM exception',
    arrived('DOMException', 'TimeoutError', 'too late', { code: 23 }),
  ),
  {
    name: 'Only methods of the prototype can be called',
    async run({ env, nameOf }) {
      const stub: object = env.PROBE.getByName(nameOf())
      const call = (name: string) =>
        thrownBy(() => {
          const method: unknown = Reflect.get(stub, name)
          return typeof method === 'function' ? Reflect.apply(method, stub, []) : 'no function'
        })
      return {
        missing: await call('missing'),
        ownProperty: await call('notOnThePrototype'),
        ofTheBase: await call('ctx'),
      }
    },
    expect: {
      missing: notThere('missing'),
      ownProperty: notThere('notOnThePrototype'),
      ofTheBase: notThere('ctx'),
    },
  },
  {
    name: 'A fault in the storage arrives with the message of SQLite',
    parts: { fail: ({ ctx }: Self) => ctx.storage.sql.exec('SELECT * FROM missing') },
    run: ({ call }) => thrownBy(() => call('object', 'fail')),
    expect: { '<error>': 'Error', message: 'no such table: missing: SQLITE_ERROR', remote: true },
  },
  {
    name: 'An error that passes through two objects arrives as it was thrown',
    parts: {
      fail() {
        throw new RangeError('far away')
      },
      pass: ({ call }: Self) => call('second', 'fail'),
    },
    run: ({ call }) => thrownBy(() => call('first', 'pass')),
    expect: { '<error>': 'RangeError', message: 'far away', remote: true },
  },
  {
    name: 'A constructor that throws rejects the call; what it wrote is lost, and the next call constructs again',
    async run({ env, nameOf }) {
      const thrown = await thrownBy(() => env.FRAGILE.getByName(nameOf()).constructions())
      const stub = env.FRAGILE.getByName(nameOf())
      return { thrown, next: await stub.constructions(), stored: JSON.parse(await stub.stored()) }
    },
    expect: {
      thrown: { '<error>': 'RangeError', message: 'the first one breaks', durableObjectReset: true },
      next: 2,
      stored: [{ number: 2 }],
    },
  },
]
