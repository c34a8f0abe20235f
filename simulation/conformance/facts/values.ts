import { type Fact, thrownBy } from '../fact.ts'
import { valueNamed } from '../values.ts'

/** A fact about a value that is passed to an object, and comes back from one. */
function cloned(name: string, value: string, expect: { arrived: unknown; answered: unknown }): Fact {
  return {
    name,
    async run({ env, nameOf }) {
      const stub = env.PROBE.getByName(nameOf())
      const arrived = await thrownBy(async () => JSON.parse(await stub.arrived(valueNamed(value)))).then(
        async (thrown) =>
          thrown === 'nothing thrown' ? JSON.parse(await stub.arrived(valueNamed(value))) : thrown,
      )
      const refused = await thrownBy(() => stub.answer(value))
      return { arrived, answered: refused === 'nothing thrown' ? await stub.answer(value) : refused }
    },
    expect,
  }
}

/** Refused on both ways; the second fault comes from the object. */
function refused(message: string) {
  const fault = { '<error>': 'DataCloneError', message, code: 25 }
  return { arrived: fault, answered: { ...fault, remote: true } }
}

const notSerializable = (type: string) =>
  refused(`Could not serialize object of type "${type}". This type does not support serialization.`)

/** The same on both ways. */
const both = (shown: unknown) => ({ arrived: shown, answered: shown })

export const valueFacts: readonly Fact[] = [
  cloned('RPC passes undefined', 'undefined', both('<undefined>')),
  cloned(
    'RPC passes properties that are undefined',
    'nested undefined',
    both({ a: '<undefined>', b: ['<undefined>', null] }),
  ),
  cloned(
    'RPC passes every number, negative zero and NaN too',
    'numbers',
    both(['<-0>', '<NaN>', '<Infinity>', 2 ** 53, 0.1]),
  ),
  cloned('RPC passes big integers', 'bigint', both(`<${2n ** 70n}n>`)),
  cloned('RPC passes dates', 'date', both('<Date 1700000000000>')),
  cloned('RPC passes maps', 'map', both({ '<Map>': [['a', { '<Map>': [[1, '<Date 0>']] }]] })),
  cloned('RPC passes sets', 'set', both({ '<Set>': [1, 'a'] })),
  cloned('RPC passes bytes', 'bytes', both('<Uint8Array 0 1 255>')),
  cloned('RPC passes buffers', 'buffer', both('<ArrayBuffer 1 2>')),
  cloned('RPC passes any text, half of a surrogate pair too', 'text', both('e\u0301 🦜 \u0000 \ud800')),
  cloned('RPC passes errors as values', 'error', both({ '<error>': 'RangeError', message: 'as a value' })),
  cloned('RPC passes what is shared within a value', 'shared', both({ same: [{ n: 1 }, { n: 1 }] })),
  cloned('RPC refuses objects without a prototype', 'without prototype', notSerializable('Object')),
  cloned('RPC passes what an accessor gives', 'with accessor', both({ a: 1 })),
  cloned('RPC refuses instances of classes', 'instance', notSerializable('Point')),
  cloned('RPC refuses instances of classes within a value', 'nested instance', notSerializable('Point')),
  cloned('RPC refuses symbols', 'symbol', refused('Symbol(s) could not be cloned.')),
  cloned('RPC passes regular expressions', 'regular expression', both('</a+/gi>')),
]
