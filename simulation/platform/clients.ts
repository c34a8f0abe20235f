import type { Random } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import { type Exchange, type HttpAnswer, type HttpRequest, PUBLIC_URL } from '../world.ts'
import type { Deployment } from './deployment.ts'
import type { Disturbances } from './disturbances.ts'

/** How long a client waits for an answer (ms): longer than the product's longest `Prefer: wait`. */
const CLIENT_TIMEOUT_MS = 45_000
const USUAL_MS = 15

/** Clients on the internet: requests go to the deployment, and all exchanges are kept. */
export class Clients {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #disturbances: Disturbances
  readonly #deployment: Deployment
  readonly exchanges: Exchange[] = []

  constructor(
    { scheduler, disturbances }: { scheduler: Scheduler; disturbances: Disturbances },
    random: Random,
    deployment: Deployment,
  ) {
    this.#scheduler = scheduler
    this.#random = random
    this.#disturbances = disturbances
    this.#deployment = deployment
  }

  /** Sends a request. `null`: the connection broke, or no answer came in time. */
  async send(by: string, request: HttpRequest): Promise<HttpAnswer | null> {
    const number = this.exchanges.length
    const sentAt = this.#scheduler.now
    this.exchanges.push({ number, by, request, sentAt, answer: null, answeredAt: null })
    const answer = await this.#answer(by, request, this.#random.fork(`${by}/${number}`))
    const answeredAt = answer ? this.#scheduler.now : null
    this.exchanges[number] = { number, by, request, sentAt, answer, answeredAt }
    return answer
  }

  #answer(by: string, request: HttpRequest, random: Random): Promise<HttpAnswer | null> {
    const scheduler = this.#scheduler
    const latency = () => this.#disturbances.latency(random, USUAL_MS)
    return new Promise((resolve) => {
      const timeout = scheduler.schedule(null, CLIENT_TIMEOUT_MS, `${by} gives up`, () => resolve(null))
      const ends = (answer: HttpAnswer | null) => {
        scheduler.schedule(
          null,
          latency(),
          `${by} ${request.method} ${request.path} ${answer?.status ?? 'breaks'}`,
          () => {
            timeout.cancelled = true
            resolve(answer)
          },
        )
      }
      scheduler.schedule(null, latency(), `${by} ${request.method} ${request.path}`, () => {
        this.#deployment.fetch(requestOf(request), by).then(
          ({ status, headers, text }) =>
            ends({ status, headers: Object.fromEntries(headers), body: bodyOf(headers, text) }),
          () => ends(null),
        )
      })
    })
  }
}

function requestOf({ method, path, headers = {}, body }: HttpRequest): Request {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
  return new Request(new URL(path, PUBLIC_URL), {
    method,
    headers: {
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      'cf-connecting-ip': '192.0.2.1',
      ...headers,
    },
    body: text,
  })
}

function bodyOf(headers: Headers, text: string): unknown {
  return /\bjson\b/.test(headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text
}
