import type { Delivery, Fact, ProbeEnv } from '../fact.ts'

type QueueName = 'ACKNOWLEDGED' | 'RETRIED' | 'FAILING' | 'GIVEN_UP'

const attemptsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ attempts }) => attempts)

/** A fact about a message whose consumer takes one step at each attempt. */
function delivered(
  name: string,
  queue: QueueName,
  steps: readonly string[],
  attempts: readonly number[],
): Fact {
  return {
    name,
    async run({ env, until, sleep, deliveries }) {
      await env[queue].send({ fact: name, steps }, { contentType: 'json' })
      await until(() => deliveries().length >= attempts.length)
      await sleep(700)
      const ids = new Set(deliveries().map(({ id }) => id))
      return { attempts: attemptsOf(deliveries()), ids: ids.size, steps }
    },
    expect: { attempts, ids: 1, steps },
  }
}

export const queueFacts: readonly Fact[] = [
  delivered('A message that is acknowledged is delivered once', 'ACKNOWLEDGED', ['ack'], [1]),
  delivered('A message that nothing is said about is acknowledged', 'ACKNOWLEDGED', [], [1]),
  delivered(
    'A message that is retried is delivered again, with the same id and one attempt more',
    'RETRIED',
    ['retry', 'retry', 'ack'],
    [1, 2, 3],
  ),
  delivered(
    'Of acknowledging and retrying one message the first counts',
    'RETRIED',
    ['ack, then retry'],
    [1],
  ),
  delivered(
    'Of retrying and acknowledging one message the first counts',
    'RETRIED',
    ['retry, then ack', 'ack'],
    [1, 2],
  ),
  delivered('Acknowledging the whole batch acknowledges each message', 'RETRIED', ['ack all'], [1]),
  {
    name: 'A delay of a retry is a minimum',
    async run({ env, until, deliveries }) {
      const fact = 'A delay of a retry is a minimum'
      await env.RETRIED.send({ fact, steps: ['retry in a second', 'ack'] }, { contentType: 'json' })
      await until(() => deliveries().length === 2)
      const [first, second] = deliveries().map(({ deliveredAt }) => deliveredAt)
      return (second ?? 0) - (first ?? 0) >= 1_000
    },
    expect: true,
  },
  {
    name: 'A delay of a send is a minimum, for one message and for a batch',
    async run({ env, until, deliveries }) {
      const fact = 'A delay of a send is a minimum, for one message and for a batch'
      const before = Date.now()
      await env.ACKNOWLEDGED.send({ fact, steps: [] }, { contentType: 'json', delaySeconds: 1 })
      await env.ACKNOWLEDGED.sendBatch([{ body: { fact, steps: [] }, contentType: 'json', delaySeconds: 1 }])
      await until(() => deliveries().length === 2)
      return deliveries().map(({ deliveredAt }) => deliveredAt - before >= 1_000)
    },
    expect: [true, true],
  },
  {
    name: 'A consumer that throws gets the messages again that it did not acknowledge',
    async run({ env, until, sleep, deliveries }) {
      const fact = 'A consumer that throws gets the messages again that it did not acknowledge'
      const message = (name: string, steps: string[]) => ({
        body: { fact, name, steps },
        contentType: 'json' as const,
      })
      await env.FAILING.sendBatch([
        message('fails', ['fail', 'ack']),
        message('retried', ['retry', 'ack']),
        message('nothing said', []),
      ])
      await until(() => deliveries().filter(({ attempts }) => attempts === 2).length >= 2)
      await sleep(700)
      // A queue cuts batches as it likes: each message comes once more for each of its batches that failed.
      return ['fails', 'retried', 'nothing said'].map((name) => {
        const all = deliveries().filter(({ body }) => Object(body).name === name)
        const again = all.filter(({ fails, body, attempts }) => {
          const said = Object(body).steps[attempts - 1]
          return said === 'retry' || (fails && said !== 'ack')
        })
        return all.length === 1 + again.length
      })
    },
    expect: [true, true, true],
  },
  {
    name: 'After the last retry a message goes to the dead-letter queue, and counts its attempts anew',
    async run({ env, until, sleep, deliveries }) {
      const fact =
        'After the last retry a message goes to the dead-letter queue, and counts its attempts anew'
      await env.GIVEN_UP.send({ fact, steps: ['retry', 'retry', 'retry', 'retry'] }, { contentType: 'json' })
      await until(() => deliveries().some(({ queue }) => queue === 'probe-dead-letters'))
      await sleep(700)
      return deliveries().map(({ queue, attempts }) => `${queue} ${attempts}`)
    },
    expect: ['probe-given-up 1', 'probe-given-up 2', 'probe-given-up 3', 'probe-dead-letters 1'],
  },
  {
    name: 'A body arrives as JSON makes it, once and for all attempts',
    async run({ env, until, deliveries }) {
      const body = {
        fact: 'A body arrives as JSON makes it, once and for all attempts',
        steps: ['ack'],
        missing: undefined,
        list: [undefined, -0, Number.NaN],
        date: new Date(0),
        text: '🦜 \u2028',
        nested: { null: null },
      }
      await env.ACKNOWLEDGED.send(body, { contentType: 'json' })
      await until(() => deliveries().length > 0)
      return deliveries()[0]?.body
    },
    expect: {
      fact: 'A body arrives as JSON makes it, once and for all attempts',
      steps: ['ack'],
      list: [null, 0, null],
      date: '1970-01-01T00:00:00.000Z',
      text: '🦜 \u2028',
      nested: { null: null },
    },
  },
  {
    name: 'A message has the name of its queue and the time at which it was sent',
    async run({ env, until, deliveries }) {
      const before = Date.now()
      const fact = 'A message has the name of its queue and the time at which it was sent'
      await env.ACKNOWLEDGED.send({ fact, steps: [] }, { contentType: 'json' })
      const after = Date.now()
      await until(() => deliveries().length > 0)
      const [delivery] = deliveries()
      const sentAt = delivery?.sentAt ?? 0
      return {
        queue: delivery?.queue,
        sentThen: before <= sentAt + 5 && sentAt <= after + 5,
        id: typeof delivery?.id,
      }
    },
    expect: { queue: 'probe-acknowledged', sentThen: true, id: 'string' },
  },
  {
    name: 'A batch of a hundred messages is taken, and each is delivered once',
    async run({ env, until, sleep, deliveries }) {
      const fact = 'A batch of a hundred messages is taken, and each is delivered once'
      await env.ACKNOWLEDGED.sendBatch(
        Array.from({ length: 100 }, (_, number) => ({
          body: { fact, steps: ['ack'], number },
          contentType: 'json' as const,
        })),
      )
      await until(() => deliveries().length >= 100)
      await sleep(500)
      return new Set(deliveries().map(({ body }) => Object(body).number)).size === deliveries().length
    },
    expect: true,
  },
  {
    name: 'What a queue does not take',
    async run({ env }) {
      const fact = 'What a queue does not take'
      const thrown = async (work: (queue: ProbeEnv['ACKNOWLEDGED']) => Promise<unknown>) => {
        try {
          await work(env.ACKNOWLEDGED)
        } catch (fault) {
          return fault instanceof Error ? fault.name : 'thrown'
        }
        return 'taken'
      }
      return {
        large: await thrown((queue) =>
          queue.send({ fact, text: 'x'.repeat(130_000) }, { contentType: 'json' }),
        ),
        empty: await thrown((queue) => queue.sendBatch([])),
        many: await thrown((queue) =>
          queue.sendBatch(
            Array.from({ length: 101 }, () => ({ body: { fact }, contentType: 'json' as const })),
          ),
        ),
        heavy: await thrown((queue) =>
          queue.sendBatch(
            Array.from({ length: 3 }, () => ({
              body: { fact, text: 'x'.repeat(100_000) },
              contentType: 'json' as const,
            })),
          ),
        ),
      }
    },
    expect: { large: 'Error', empty: 'TypeError', many: 'Error', heavy: 'Error' },
  },
]
