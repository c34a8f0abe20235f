import { currentContext } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Clients } from '../platform/clients.ts'
import type { Disturbances } from '../platform/disturbances.ts'
import { Remote } from '../platform/remote.ts'
import { FirehoseStandIn, linesOfCall } from '../services/firehose.ts'
import { MailStandIn } from '../services/mail.ts'
import type { HttpService, ServiceAnswer } from '../services/service.ts'
import { StripeStandIn } from '../services/stripe.ts'
import type { WebhookRequest } from '../services/webhook.ts'
import type { Bank } from '../workload/bank.ts'
import { eventAt, type SinkWatch } from './sink-watch.ts'

/** How often a gateway sends a notice again that was not taken, and how long it waits between (ms). */
const NOTICE_TRIES = 12
const NOTICE_RETRY_MS = 60_000

/** Keys of the simulated deployment: each is known to the run alone. */
export const keys = {
  jwt: 'simulated-signing-key-of-at-least-32-characters',
  carrierWebhook: 'simulated-carrier-webhook-secret',
  stripe: 'sk_test_simulated',
  stripeWebhook: 'whsec_simulated',
  awsAccessKeyId: 'AKIASIMULATED0000000',
  awsSecretAccessKey: 'simulated-aws-secret-access-key',
} as const

/** How often a call that happens in part holds an event that is refused for good, and how long it is (ms). */
const REFUSED_SHARE = 0.2
const LIMIT_MS = { least: 2_000, most: 60_000 } as const

const FIREHOSE_STREAM = 'petrel-events'
/** Another stream, for events that are replayed to it. */
const REPLAY_STREAM = 'copy'

/** Settings that connect the product with the services below. */
export const serviceSettings = {
  JWT_SECRET: keys.jwt,
  CARRIER_WEBHOOK_SECRET: keys.carrierWebhook,
  STRIPE_SECRET_KEY: keys.stripe,
  STRIPE_WEBHOOK_SECRET: keys.stripeWebhook,
  MAILER: 'cloudflare',
  MAIL_FROM: 'Petrel <shop@shop.example>',
  FIREHOSE_STREAM,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: keys.awsAccessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.awsSecretAccessKey,
} as const

interface ServicesOptions {
  readonly scheduler: Scheduler
  readonly disturbances: Disturbances
  readonly random: Random
  readonly sink: SinkWatch
}

/** Everything outside of Cloudflare that the product calls. */
export class Services {
  readonly mail = new MailStandIn()
  readonly stripe = new StripeStandIn({ secretKey: keys.stripe, webhookSecret: keys.stripeWebhook })
  readonly #firehose = new FirehoseStandIn({
    streams: [FIREHOSE_STREAM, REPLAY_STREAM],
    accessKeyId: keys.awsAccessKeyId,
  })
  readonly #options: ServicesOptions
  readonly #gateway: Remote
  readonly #sink: Remote
  readonly #mailer: Remote
  /** Ids of events that the sink does not take, and until when (Unix ms). */
  readonly #refused = new Map<string, number>()
  #clients: Clients | null = null
  #nextNoticeAt: number | null = null

  constructor(options: ServicesOptions) {
    this.#options = options
    this.#firehose.refuseForGood = (line) =>
      (this.#refused.get(eventAt(line).id) ?? 0) > options.scheduler.now
    const broken = () => new TypeError('Network connection lost.')
    this.#gateway = new Remote(options, 'gateway', 80, broken)
    this.#sink = new Remote(options, 'sink', 20, broken)
    this.#mailer = new Remote(options, 'mailer', 30, () => new Error('internal error'))
  }

  /** The `send_email` binding. */
  get emailBinding() {
    return {
      send: (message: Parameters<MailStandIn['accept']>[0]) =>
        this.#mailer.call('mailer', () => this.mail.accept(message, this.#options.scheduler.now)),
    }
  }

  /** `fetch` as the product's code sees it. */
  async fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const request = new Request(input, init)
    const { hostname } = new URL(request.url)
    const body = await request.text()
    const work = hostname.endsWith('stripe.com')
      ? this.#toStripe(request, body)
      : hostname.startsWith('firehose.')
        ? this.#toFirehose(request, body)
        : Promise.reject(new TypeError(`there is no host ${hostname}`))
    const { status, headers = {}, body: text } = await unlessAborted(work, init.signal)
    return new Response(text, { status, headers })
  }

  #toStripe(request: Request, body: string): Promise<ServiceAnswer> {
    return this.#gateway.call(`gateway ${request.method} ${new URL(request.url).pathname}`, () => {
      const answer = this.#answer(this.stripe, request, body)
      this.#lookForNotices()
      return answer
    })
  }

  #toFirehose(request: Request, body: string): Promise<ServiceAnswer> {
    const { sink, random } = this.#options
    const forwarder = currentContext().name
    const sentAt = this.#options.scheduler.now
    const put = () => {
      const before = this.#firehose.records().length
      const answer = this.#answer(this.#firehose, request, body)
      const texts = this.#firehose
        .records()
        .slice(before)
        .map(({ text }) => text)
      return { answer, call: sink.stores(texts, forwarder, sentAt) }
    }
    let stored: ReturnType<typeof put> | null = null
    return this.#sink.call(
      'sink firehose',
      () => {
        stored = put()
        return stored.answer
      },
      {
        partly: () => {
          // Some records of the call are refused, or the whole call.
          const share = random.fraction()
          if (random.chance(REFUSED_SHARE)) this.#refuseForGood(body)
          this.#firehose.throttled = share < 0.2
          this.#firehose.refuseSome = () => random.chance(share)
          stored = put()
          this.#firehose.refuseSome = null
          this.#firehose.throttled = false
          return stored.answer
        },
        answered: () => stored?.call.answered(),
      },
    )
  }

  /** One event of a call cannot be taken, until somebody raises a limit. */
  #refuseForGood(body: string): void {
    const { scheduler, random, disturbances } = this.#options
    // Events without a log tell of other faults: invariants look for them.
    const logged = linesOfCall(body)
      .map(eventAt)
      .filter(({ version }) => version !== null)
    if (logged.length === 0) return
    const { id } = random.pick(logged)
    this.#refused.set(id, scheduler.now + random.between(LIMIT_MS.least, LIMIT_MS.most))
    disturbances.count('sink refuses', id)
  }

  #answer(service: HttpService, request: Request, body: string): ServiceAnswer {
    const { method, url, headers } = request
    return service.answer(
      { method, url, headers: Object.fromEntries(headers), body },
      this.#options.scheduler.now,
    )
  }

  /** Sends what the gateway has to say: a notice comes until it is taken, now and then twice. */
  sendNotices(clients: Clients): void {
    this.#clients = clients
  }

  /** What happens at Stripe by itself; each time, it then has something to say. */
  get bank(): Bank {
    const { stripe } = this
    const now = () => this.#options.scheduler.now
    const said = <Result>(result: Result): Result => {
      this.#lookForNotices()
      return result
    }
    return {
      dispute: (paymentId, kind) => said(stripe.dispute(paymentId, now(), kind)),
      closeDispute: (disputeId, outcome) => void said(stripe.closeDispute(disputeId, outcome, now())),
      reinstate: (disputeId) => void said(stripe.reinstate(disputeId, now())),
      refundAtDashboard: (paymentId, amount) => void said(stripe.refundAtDashboard(paymentId, amount, now())),
    }
  }

  /** Looks whether the gateway has something to say, now and when it says that it will have. */
  #lookForNotices(): void {
    const { scheduler, random } = this.#options
    const clients = this.#clients
    if (!clients) return
    for (const notice of this.stripe.notices(scheduler.now)) {
      void this.#deliver(clients, notice)
      if (random.chance(0.2)) void this.#deliver(clients, notice)
    }
    const next = this.stripe.nextAt()
    if (next === null || next === this.#nextNoticeAt) return
    this.#nextNoticeAt = next
    scheduler.schedule(null, next - scheduler.now + 1, 'the gateway has news', () => this.#lookForNotices())
  }

  async #deliver(clients: Clients, notice: WebhookRequest): Promise<void> {
    for (let left = NOTICE_TRIES; left > 0; left -= 1) {
      const body = String(notice.body)
      const answer = await clients.send('gateway/notice', this.stripe.sign(body, this.#options.scheduler.now))
      if (answer && answer.status < 300) return
      await this.#options.scheduler.wait(NOTICE_RETRY_MS, 'the gateway waits')
    }
  }
}

/** The result of a call, or the reason of its signal, whichever comes first. */
function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | null | undefined,
): Promise<Result> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    work.then(resolve, reject)
  })
}
