import type { Fact, Self } from '../fact.ts'

const parts = {
  name: ({ ctx }: Self) => ctx.id.name,
  id: ({ ctx }: Self) => ctx.id.toString(),
}

export const identityFacts: readonly Fact[] = [
  {
    name: 'An object that is addressed by name knows it, after an eviction too',
    // An alarm handler that wakes an object may be told no name.
    parts,
    async run({ call, evict, nameOf }) {
      const first = await call('object', 'name')
      await evict()
      const again = await call('object', 'name')
      return [first, again].map((name) => name === nameOf())
    },
    expect: [true, true],
  },
  {
    name: 'Two names have two ids, one name has one',
    async run({ env }) {
      const [a, again, b] = [env.PROBE.idFromName('a'), env.PROBE.idFromName('a'), env.PROBE.idFromName('b')]
      return {
        same: a.toString() === again.toString(),
        equal: a.equals(again),
        other: a.equals(b),
        form: /^[0-9a-f]{64}$/.test(a.toString()),
        name: a.name,
        stub: env.PROBE.getByName('a').name,
        stubId: env.PROBE.getByName('a').id.equals(a),
      }
    },
    expect: { same: true, equal: true, other: false, form: true, name: 'a', stub: 'a', stubId: true },
  },
  {
    name: 'An id of one class is not the id of the same name of another',
    run: ({ env }) => env.PROBE.idFromName('a').toString() === env.FRAGILE.idFromName('a').toString(),
    expect: false,
  },
  {
    name: 'An object has the id that its namespace gives its name',
    parts,
    async run({ env, call, nameOf }) {
      return (await call('object', 'id')) === env.PROBE.idFromName(nameOf()).toString()
    },
    expect: true,
  },
  {
    name: 'Names may hold any text, and differ by each character',
    parts,
    async run({ call }) {
      const labels = ['', ' ', 'a', 'A', 'é', 'e\u0301', '🦜', 'a/b', 'x'.repeat(500)]
      const ids = await Promise.all(labels.map((label) => call(label, 'id')))
      return new Set(ids).size === labels.length
    },
    expect: true,
  },
  {
    name: 'All calls by one name reach one instance',
    parts: {
      count: ({ memory }: Self) => memory.set('n', (memory.get('n') ?? 0) + 1).get('n'),
    },
    async run({ call }) {
      const counts = await Promise.all([1, 2, 3].map(() => call('object', 'count')))
      return counts.toSorted()
    },
    expect: [1, 2, 3],
  },
]
