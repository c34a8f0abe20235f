import { type Fact, type Self, thrownBy } from '../fact.ts'

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const callFacts: readonly Fact[] = [
  {
    name: 'Methods that are not asynchronous answer as promises, and reach private fields and methods',
    async run({ env, nameOf }) {
      const answer = env.PROBE.getByName(nameOf()).privateSum()
      return { awaitable: 'then' in answer, sum: await answer }
    },
    expect: { awaitable: true, sum: 42 },
  },
  {
    name: 'A function that is passed to a method can be called back',
    async run({ env, nameOf }) {
      let given = 0
      const result = await env.PROBE.getByName(nameOf()).callBack(async (input) => {
        given = input
        return input * 2
      })
      return { given, result }
    },
    expect: { given: 20, result: 41 },
  },
  {
    name: 'A function that is called back and throws rejects in the method, and so the call',
    async run({ env, nameOf }) {
      return thrownBy(() =>
        env.PROBE.getByName(nameOf()).callBack(async () => {
          throw new RangeError('from the caller')
        }),
      )
    },
    expect: { '<error>': 'RangeError', message: 'from the caller', remote: true },
  },
  {
    name: 'Calls by one stub begin in order, and interleave where they await something',
    parts: {
      async work({ note }: Self, name: string, milliseconds: number) {
        note(`${name} begins`)
        await sleep(milliseconds)
        note(`${name} ends`)
      },
    },
    async run({ env, nameOf, notes }) {
      const stub = env.PROBE.getByName(nameOf())
      const fact = 'Calls by one stub begin in order, and interleave where they await something'
      const work = (...input: unknown[]) => stub.perform(fact, 'work', JSON.stringify(input))
      await Promise.all([work('a', 200), work('b', 50), work('c', 100)])
      return notes()
    },
    expect: ['a begins', 'b begins', 'c begins', 'b ends', 'c ends', 'a ends'],
  },
  {
    name: 'Calls by one stub begin in the order in which they are made',
    parts: {
      work: ({ note }: Self, number: number) => note(number),
    },
    async run({ env, nameOf, notes }) {
      const stub = env.PROBE.getByName(nameOf())
      const name = 'Calls by one stub begin in the order in which they are made'
      const numbers = Array.from({ length: 20 }, (_, number) => number)
      await Promise.all(numbers.map((number) => stub.perform(name, 'work', `[${number}]`)))
      return notes().every((number, place) => number === place)
    },
    expect: true,
  },
  {
    name: 'blockConcurrencyWhile holds other calls back until it ends',
    parts: {
      async hold({ ctx, note }: Self) {
        return ctx.blockConcurrencyWhile(async () => {
          note('holds')
          await sleep(150)
          note('lets go')
          return 'held'
        })
      },
      pass: ({ note }: Self) => note('passes'),
    },
    async run({ call, until, notes }) {
      const holding = call('object', 'hold')
      await until(() => notes().length > 0)
      await call('object', 'pass')
      return { held: await holding, notes: notes() }
    },
    expect: { held: 'held', notes: ['holds', 'lets go', 'passes'] },
  },
  {
    name: 'blockConcurrencyWhile whose closure throws breaks the object',
    parts: {
      hold: ({ ctx, memory }: Self) => {
        memory.set('n', 1)
        return ctx.blockConcurrencyWhile(async () => {
          throw new RangeError('held and broken')
        })
      },
      remembered: ({ memory }: Self) => memory.get('n') ?? null,
    },
    async run({ call }) {
      const thrown = await thrownBy(() => call('object', 'hold'))
      return { thrown, after: await call('object', 'remembered') }
    },
    expect: {
      thrown: { '<error>': 'RangeError', message: 'held and broken', durableObjectReset: true },
      after: null,
    },
  },
  {
    name: 'Two objects may call each other, and an object itself by its name',
    parts: {
      there: ({ call }: Self) => call('b', 'back'),
      back: ({ call }: Self) => call('a', 'end'),
      end: () => 'reached',
      self: ({ call }: Self) => call('a', 'end'),
    },
    async run({ call }) {
      return [await call('a', 'there'), await call('a', 'self')]
    },
    expect: ['reached', 'reached'],
  },
  {
    name: 'Work goes on in an object after its answer',
    parts: {
      start({ note }: Self) {
        note('answers')
        void sleep(1_000).then(() => note('still there'))
      },
      startWaiting({ ctx, note }: Self) {
        note('answers')
        ctx.waitUntil(sleep(1_000).then(() => note('still there')))
      },
    },
    async run({ call, until, notes }) {
      await call('first', 'start')
      await call('second', 'startWaiting')
      const before = [...notes()]
      await until(() => notes().length === 4)
      return { before, notes: notes() }
    },
    expect: { before: ['answers', 'answers'], notes: ['answers', 'answers', 'still there', 'still there'] },
  },
  {
    name: 'A rejection in waitUntil does not disturb an object',
    parts: {
      start({ ctx, memory }: Self) {
        memory.set('n', 1)
        ctx.waitUntil(Promise.reject(new Error('nobody sees it')))
        return 'answered'
      },
      remembered: ({ memory }: Self) => memory.get('n') ?? null,
    },
    async run({ call, sleep: wait }) {
      const answer = await call('object', 'start')
      await wait(100)
      return { answer, after: await call('object', 'remembered') }
    },
    expect: { answer: 'answered', after: 1 },
  },
  {
    name: 'The arguments of a call are those of the moment in which it is made',
    async run({ env, nameOf }) {
      const value = { n: 1 }
      const arrived = env.PROBE.getByName(nameOf()).arrived(value)
      value.n = 2
      return JSON.parse(await arrived)
    },
    expect: { n: 1 },
  },
  {
    name: 'Time may stand still in a turn, and moves when something is awaited',
    parts: {
      async part() {
        const before = Date.now()
        await sleep(60)
        return Date.now() - before >= 60
      },
    },
    run: ({ call }) => call('object', 'part'),
    expect: true,
  },
]
