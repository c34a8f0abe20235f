/** An instance of this class cannot be cloned: RPC refuses it. */
class Point {
  readonly x = 1
}

class OutOfStock extends Error {
  override readonly name = 'OutOfStock'
  readonly sku = 'MUG'
}

/** Values that are made anew for each use, by name. */
const values: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  'nested undefined': () => ({ a: undefined, b: [undefined, null] }),
  numbers: () => [-0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.1],
  bigint: () => 2n ** 70n,
  date: () => new Date(1_700_000_000_000),
  map: () => new Map<string, unknown>([['a', new Map([[1, new Date(0)]])]]),
  set: () => new Set([1, 'a']),
  bytes: () => new Uint8Array([0, 1, 255]),
  buffer: () => new Uint8Array([1, 2]).buffer,
  text: () => 'e\u0301 🦜 \u0000 \ud800',
  shared: () => {
    const inner = { n: 1 }
    return { same: [inner, inner] }
  },
  error: () => new RangeError('as a value'),
  'without prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'with accessor': () => ({
    get a() {
      return 1
    },
  }),
  instance: () => new Point(),
  'nested instance': () => ({ inner: [new Point()] }),
  symbol: () => Symbol('s'),
  'regular expression': () => /a+/gi,
  Error: () => new Error('plain'),
  RangeError: () => new RangeError('a range'),
  TypeError: () => new TypeError('a type'),
  'error of a class': () => new OutOfStock('none left'),
  'error with properties': () =>
    Object.assign(new Error('with more'), { code: 7, retryable: true, status: { a: 1 } }),
  'error with a function': () => Object.assign(new Error('with a function'), { work: () => 1, code: 7 }),
  'error with an instance': () =>
    Object.assign(new Error('with an instance'), { point: new Point(), code: 7 }),
  'error with a cause': () => new Error('outer', { cause: new RangeError('inner') }),
  'error with a name': () => Object.assign(new Error('named'), { name: 'ZodError' }),
  'a text': () => 'only a text',
  'an object': () => ({ reason: 'an object' }),
  null: () => null,
  'DOM exception': () => new DOMException('too late', 'TimeoutError'),
}

/** @throws RangeError where there is no such value */
export function valueNamed(name: string): unknown {
  const make = values[name]
  if (!make) throw new RangeError(`there is no value ${name}`)
  return make()
}
