import type { Fact } from '../fact.ts'

export const workerFacts: readonly Fact[] = [
  {
    name: 'waitUntil in the Worker goes on after the answer',
    run({ context, sleep, note }) {
      context.waitUntil(sleep(200).then(() => note('still there')))
      note('answers')
    },
    async later({ until, notes }) {
      await until(() => notes().length === 2)
      return notes()
    },
    expect: ['answers', 'still there'],
  },
  {
    name: 'The rate limit answers whether a key may pass',
    run: ({ env }) => env.RATE_LIMIT.limit({ key: 'a' }),
    expect: { success: true },
  },
  {
    name: 'AbortSignal.timeout aborts with a TimeoutError',
    async run({ sleep }) {
      const signal = AbortSignal.timeout(50)
      const before = signal.aborted
      await sleep(150)
      const reason: unknown = signal.reason
      return { before, aborted: signal.aborted, reason: reason instanceof Error ? reason.name : null }
    },
    expect: { before: false, aborted: true, reason: 'TimeoutError' },
  },
  {
    name: 'Timers run in the order of their time, those of one time in the order in which they were set',
    async run({ sleep, note, notes }) {
      setTimeout(() => note('c'), 60)
      setTimeout(() => note('a'), 20)
      setTimeout(() => note('b'), 20)
      const removed = setTimeout(() => note('never'), 30)
      clearTimeout(removed)
      await sleep(150)
      return notes()
    },
    expect: ['a', 'b', 'c'],
  },
  {
    name: 'SHA-256, HMAC and random ids are there',
    async run() {
      const text = new TextEncoder().encode('petrel')
      const hash = await crypto.subtle.digest('SHA-256', text)
      const key = await crypto.subtle.importKey('raw', text, { name: 'HMAC', hash: 'SHA-256' }, false, [
        'sign',
        'verify',
      ])
      const signature = await crypto.subtle.sign('HMAC', key, text)
      const start = (buffer: ArrayBuffer) => new Uint8Array(buffer).slice(0, 6)
      return {
        hash: start(hash),
        signature: start(signature),
        verified: await crypto.subtle.verify('HMAC', key, signature, text),
        uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
          crypto.randomUUID(),
        ),
        random: crypto.getRandomValues(new Uint8Array(8)).length,
      }
    },
    expect: {
      hash: '<Uint8Array 56 1 192 139 0 2>',
      signature: '<Uint8Array 24 186 50 60 12 42>',
      verified: true,
      uuid: true,
      random: 8,
    },
  },
  {
    name: 'What is zipped comes back from the bucket and unzips',
    async run({ env }) {
      const zipped = new Blob(['line\n']).stream().pipeThrough(new CompressionStream('gzip'))
      await env.BUCKET.put('zipped', await new Response(zipped).arrayBuffer(), {
        httpMetadata: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
      })
      const stored = await env.BUCKET.get('zipped')
      if (!stored) return null
      const text = await new Response(stored.body.pipeThrough(new DecompressionStream('gzip'))).text()
      const { contentType, contentEncoding } = stored.httpMetadata ?? {}
      return { text, contentType, contentEncoding }
    },
    expect: { text: 'line\n', contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
  },
]
