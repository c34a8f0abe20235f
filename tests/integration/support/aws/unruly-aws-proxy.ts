import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { chances } from './chances.ts'

/** How often what befalls a call of `PutRecordBatch`, each from 0 to 1 and together no more than 1. */
export interface UnrulyPlan {
  /** The same seed and the same calls give the same mischief. */
  readonly seed: number
  /** Answered with HTTP 400 ThrottlingException. */
  readonly throttled?: number
  /** Answered with HTTP 503 ServiceUnavailableException. */
  readonly unavailable?: number
  /** Taken in part: a third of the records, drawn, are answered with an error code of their own. */
  readonly partly?: number
  /** Cut off before anything has happened. */
  readonly cut?: number
  /** Carried out, and then cut off before the answer: what was sent arrives twice. */
  readonly answerLost?: number
  /** Calls, counted from 1, which are answered with HTTP 400 ExpiredTokenException. */
  readonly expired?: readonly number[]
}

/** Of a call that is taken in part, so much fails. */
const PART_THAT_FAILS = 1 / 3

/** What the proxy did to calls of `PutRecordBatch`, and to their records. */
export interface UnrulyCount {
  calls: number
  carriedOut: number
  throttled: number
  unavailable: number
  partly: number
  cut: number
  answerLost: number
  expired: number
  /** Records with an error code of their own. */
  failedRecords: number
  /** Records that were carried out although nobody was told. */
  untoldRecords: number
  /** Calls of other operations, which passed. */
  others: number
}

/** A proxy in front of AWS, or of its stand-in, that behaves as badly as AWS may. */
export interface UnrulyAwsProxy {
  readonly url: string
  readonly count: UnrulyCount
  /** From the next call on. */
  follow(plan: UnrulyPlan): void
  stop(): Promise<void>
}

const batchSchema = z.object({
  DeliveryStreamName: z.string(),
  Records: z.array(z.object({ Data: z.string() })),
})
const takenSchema = z.object({ RequestResponses: z.array(z.object({ RecordId: z.string() })) })

/**
 * Starts one on a free port. Calls of other operations pass untouched. What is taken in part has another body
 * than was signed: the stand-in behind it must not check signatures.
 */
export async function startUnrulyAwsProxy(upstream: string, plan: UnrulyPlan): Promise<UnrulyAwsProxy> {
  let unruly = new Unruly(plan)
  const count: UnrulyCount = {
    calls: 0,
    carriedOut: 0,
    throttled: 0,
    unavailable: 0,
    partly: 0,
    cut: 0,
    answerLost: 0,
    expired: 0,
    failedRecords: 0,
    untoldRecords: 0,
    others: 0,
  }
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy())
  })

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    if (!String(incoming.headers['x-amz-target']).endsWith('.PutRecordBatch')) {
      count.others += 1
      return answer(outgoing, await pass(upstream, incoming, body))
    }
    count.calls += 1
    const fate = unruly.fate()
    if (fate !== 'carriedOut') count[fate] += 1
    switch (fate) {
      case 'throttled':
        return answer(outgoing, fault(400, 'ThrottlingException', 'Rate exceeded'))
      case 'unavailable':
        return answer(outgoing, fault(503, 'ServiceUnavailableException', 'Slow down.'))
      case 'expired':
        return answer(outgoing, fault(400, 'ExpiredTokenException', 'The security token has expired'))
      case 'cut':
        outgoing.destroy()
        return
      case 'answerLost':
        await pass(upstream, incoming, body)
        count.untoldRecords += batchSchema.parse(JSON.parse(body.toString())).Records.length
        outgoing.destroy()
        return
      case 'partly':
        return answer(outgoing, await passPart(incoming, body))
      case 'carriedOut':
        count.carriedOut += 1
        return answer(outgoing, await pass(upstream, incoming, body))
    }
  }

  async function passPart(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const batch = batchSchema.parse(JSON.parse(body.toString()))
    const fails = batch.Records.map(() => unruly.chance() < PART_THAT_FAILS)
    const part = batch.Records.filter((_, place) => !fails[place])
    count.failedRecords += batch.Records.length - part.length
    const ids = part.length > 0 ? await passRecords(incoming, { ...batch, Records: part }) : []
    const responses = fails.map((failed) =>
      failed
        ? { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }
        : { RecordId: ids.shift() },
    )
    const failed = fails.filter(Boolean).length
    return json(200, { FailedPutCount: failed, Encrypted: false, RequestResponses: responses })
  }

  async function passRecords(incoming: IncomingMessage, batch: z.infer<typeof batchSchema>) {
    const passed = await pass(upstream, incoming, Buffer.from(JSON.stringify(batch)))
    const { RequestResponses: responses } = takenSchema.parse(JSON.parse(passed.body.toString()))
    return responses.map(({ RecordId: id }) => id)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    count,
    follow(next) {
      unruly = new Unruly(next)
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

type Fate = 'throttled' | 'unavailable' | 'partly' | 'cut' | 'answerLost' | 'expired' | 'carriedOut'

/** Draws what befalls each call. */
class Unruly {
  readonly #plan: UnrulyPlan
  readonly chance: () => number
  #calls = 0

  constructor(plan: UnrulyPlan) {
    this.#plan = plan
    this.chance = chances(plan.seed)
  }

  fate(): Fate {
    this.#calls += 1
    if (this.#plan.expired?.includes(this.#calls)) return 'expired'
    let chance = this.chance()
    for (const fate of ['throttled', 'unavailable', 'partly', 'cut', 'answerLost'] as const) {
      chance -= this.#plan[fate] ?? 0
      if (chance < 0) return fate
    }
    return 'carriedOut'
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/x-amz-json-1.1', body: Buffer.from(JSON.stringify(body)) }
}

function fault(status: number, code: string, message: string): Answer {
  return json(status, { __type: code, message })
}

function answer(outgoing: ServerResponse, { status, type, body }: Answer): void {
  outgoing.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length }).end(body)
}

/** Sends it on with the same headers, `Host` among them: a signature stays right where the body does. */
async function pass(
  upstream: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const { hostname, port } = new URL(upstream)
  const { 'transfer-encoding': _, connection: __, ...kept } = headers
  const sent = request({
    hostname,
    port,
    method,
    path: url,
    headers: { ...kept, 'content-length': body.length },
    agent: false,
    timeout: 30_000,
  })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
    sent.once('timeout', () => sent.destroy(new Error('the stand-in did not answer')))
    sent.end(body)
  })
  return {
    status: response.statusCode ?? 502,
    type: response.headers['content-type'] ?? 'application/octet-stream',
    body: await buffer(response),
  }
}
