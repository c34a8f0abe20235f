import { stripeAmount } from '../../shared/ports/stripe/money.ts'
import type { GatewayBook } from '../world.ts'
import { type HttpService, jsonAnswer, type ServiceAnswer, type ServiceRequest } from './service.ts'
import { StripeAccount } from './stripe/account.ts'
import { cards } from './stripe/cards.ts'
import { missing, refused, StripeRefusal, unauthorized } from './stripe/errors.ts'
import { IdempotentAnswers } from './stripe/idempotency.ts'
import { StripeNews } from './stripe/news.ts'
import { type Intent, shownIntent, shownMethod, shownRefund } from './stripe/objects.ts'
import { idempotencyKey, Parameters } from './stripe/parameters.ts'
import { signedWebhook, type WebhookRequest } from './webhook.ts'

/** New payments are found by a search after so long (ms). */
const SEARCH_LAG_MS = 60_000
/** The one kind of query that Petrel sends. */
const BY_PAYMENT = /^metadata\['paymentId'\]:'((?:[^'\\]|\\.)*)'$/

interface StripeStandInSettings {
  readonly secretKey: string
  readonly webhookSecret: string
  readonly searchLagMs?: number
}

/** Stripe, as far as Petrel's adapter calls it: https://docs.stripe.com/api. Times are Unix ms. */
export class StripeStandIn implements HttpService {
  readonly #settings: StripeStandInSettings
  readonly #news = new StripeNews()
  readonly #account = new StripeAccount(this.#news)
  readonly #answers = new IdempotentAnswers()

  constructor(settings: StripeStandInSettings) {
    this.#settings = settings
  }

  answer(request: ServiceRequest, now: number): ServiceAnswer {
    this.#account.settle(now)
    try {
      if (request.headers.authorization !== `Bearer ${this.#settings.secretKey}`) throw unauthorized
      return request.method === 'POST' ? this.#post(request, now) : this.#get(new URL(request.url), now)
    } catch (thrown) {
      if (thrown instanceof StripeRefusal) return thrown.answer()
      throw thrown
    }
  }

  /** What Stripe knows of charges and refunds, in minor units. */
  book(): GatewayBook {
    return this.#account.book()
  }

  /** Takes the webhooks that Stripe has to send since the last time, oldest first, signed now. */
  notices(now: number): WebhookRequest[] {
    this.#account.settle(now)
    return this.#news.take().map((body) => this.sign(body, now))
  }

  /** A webhook, signed now: each time that Stripe sends one again, it signs it anew. */
  sign(body: string, now: number): WebhookRequest {
    const signer = { path: '/v1/webhooks/stripe', header: 'stripe-signature' }
    return signedWebhook({ ...signer, secret: this.#settings.webhookSecret }, body, now)
  }

  /** When the bank answers the next refund by itself; `null`: there is none. */
  nextAt(): number | null {
    const times = this.#account.refunds.flatMap(({ due }) => (due ? [due.at] : []))
    return times.length > 0 ? Math.min(...times) : null
  }

  /**
   * The buyer disputes a charge, or the bank inquires about it. Returns the dispute's id; `null` without a successful
   * charge, or if it is disputed already.
   */
  dispute(chargeKey: string, now: number, kind: 'dispute' | 'inquiry' = 'dispute'): string | null {
    const intent = this.#paid(chargeKey)
    if (!intent || this.#account.disputes.some((dispute) => dispute.intent === intent)) return null
    const status = kind === 'dispute' ? 'needs_response' : 'warning_needs_response'
    return this.#account.dispute(intent, status, now).id
  }

  /** The bank decides a dispute; an inquiry is closed either way. `false` if there is none that is open. */
  closeDispute(disputeId: string, outcome: 'won' | 'lost', now: number): boolean {
    const dispute = this.#account.disputes.find(({ id }) => id === disputeId)
    if (dispute?.status === 'warning_needs_response') dispute.status = 'warning_closed'
    else if (dispute?.status === 'needs_response') dispute.status = outcome
    else return false
    if (dispute.status === 'won') dispute.balance.push(dispute.amount)
    this.#news.addDispute('charge.dispute.closed', dispute, now)
    return true
  }

  /** The bank gives back what a lost dispute took. `false` if there is none that is lost. */
  reinstate(disputeId: string, now: number): boolean {
    const dispute = this.#account.disputes.find(({ id, status }) => id === disputeId && status === 'lost')
    if (!dispute || dispute.balance.length > 1) return false
    dispute.balance.push(dispute.amount)
    this.#news.addDispute('charge.dispute.funds_reinstated', dispute, now)
    return true
  }

  /**
   * The bank returns a refund, which had succeeded or was pending.
   *
   * @param refundKey Petrel's key, or the id of a refund that began at Stripe
   */
  failRefund(refundKey: string, now: number): boolean {
    const refund = this.#account.refunds.find(
      ({ id, metadata, status }) => (metadata.refundKey ?? id) === refundKey && status !== 'failed',
    )
    if (!refund) return false
    this.#account.endRefund(refund, 'failed', now)
    return true
  }

  /**
   * Someone refunds a part of a charge at Stripe's own dashboard. Returns the refund's id; `null` if it is refused.
   *
   * @param amount in minor units
   */
  refundAtDashboard(chargeKey: string, amount: number, now: number): string | null {
    const intent = this.#paid(chargeKey)
    if (!intent) return null
    const units = Number(stripeAmount({ amount, currency: intent.currency.toUpperCase() }).amount)
    try {
      return this.#account.refund(intent.id, units, {}, now).id
    } catch (thrown) {
      if (thrown instanceof StripeRefusal) return null
      throw thrown
    }
  }

  #paid(chargeKey: string): Intent | undefined {
    return this.#account.intents.find(
      ({ metadata, card }) => metadata.paymentId === chargeKey && !card.decline,
    )
  }

  #post({ url, headers, body }: ServiceRequest, now: number): ServiceAnswer {
    const { pathname } = new URL(url)
    const operation = pathname === '/v1/payment_intents' ? charge : pathname === '/v1/refunds' ? refund : null
    if (!operation) throw missingPath(pathname)
    const key = idempotencyKey(headers)
    const parameters = new Parameters(body, operation.parameters)
    const act = () => operation.act(this.#account, parameters, now)
    return key === null
      ? act()
      : this.#answers.answer(key, `${pathname}?${parameters.fingerprint()}`, now, act)
  }

  #get({ pathname, search }: URL, now: number): ServiceAnswer {
    if (pathname === '/v1/payment_intents/search') return this.#search(search, now)
    if (pathname === '/v1/refunds') return this.#listRefunds(search)
    const [, collection, name = ''] =
      /^\/v1\/(payment_intents|payment_methods)\/([^/]+)$/.exec(pathname) ?? []
    const id = decodeURIComponent(name)
    if (collection === 'payment_methods') {
      const card = cards.get(id)
      if (!card) throw missing('PaymentMethod', id, 'payment_method', 404)
      return jsonAnswer(200, shownMethod(id, card))
    }
    if (collection !== 'payment_intents') throw missingPath(pathname)
    const intent = this.#account.intents.find((one) => one.id === id)
    if (!intent) throw missing('payment_intent', id, 'intent', 404)
    return jsonAnswer(200, shownIntent(intent, new Parameters(search, ['expand']).expands('latest_charge')))
  }

  #search(text: string, now: number): ServiceAnswer {
    const parameters = new Parameters(text, ['query', 'limit', 'expand'])
    const quoted = BY_PAYMENT.exec(parameters.text('query'))?.[1]
    if (quoted === undefined) throw refused('We were unable to parse your search query.', { param: 'query' })
    const paymentId = quoted.replace(/\\(.)/g, '$1')
    const { searchLagMs = SEARCH_LAG_MS } = this.#settings
    const found = this.#account.intents
      .filter(({ metadata, createdAt }) => metadata.paymentId === paymentId && createdAt + searchLagMs <= now)
      .reverse()
    const limit = parameters.limit()
    const expand = parameters.expands('data.latest_charge')
    return jsonAnswer(200, {
      object: 'search_result',
      data: found.slice(0, limit).map((intent) => shownIntent(intent, expand)),
      has_more: found.length > limit,
    })
  }

  /** Newest first. */
  #listRefunds(text: string): ServiceAnswer {
    const parameters = new Parameters(text, ['payment_intent', 'limit', 'starting_after'])
    const intentId = parameters.text('payment_intent')
    const all = this.#account.refunds.filter(({ intent }) => intent.id === intentId).reverse()
    const after = parameters.optional('starting_after')
    const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
    if (after !== null && start === 0) throw missing('refund', after, 'starting_after', 400)
    const limit = parameters.limit()
    const data = all.slice(start, start + limit).map(shownRefund)
    return jsonAnswer(200, { object: 'list', data, has_more: all.length > start + limit })
  }
}

interface Operation {
  readonly parameters: readonly string[]
  act(account: StripeAccount, parameters: Parameters, now: number): ServiceAnswer
}

const charge: Operation = {
  parameters: [
    ...['amount', 'currency', 'payment_method', 'payment_method_types', 'confirm'],
    ...['error_on_requires_action', 'metadata', 'expand'],
  ],
  act: (account, parameters, now) => {
    const about = {
      amount: parameters.count('amount'),
      currency: parameters.text('currency'),
      paymentMethod: parameters.text('payment_method'),
      metadata: parameters.metadata(),
    }
    // Anything else is a payment that a buyer would have to complete.
    if (parameters.text('confirm') !== 'true' || parameters.text('error_on_requires_action') !== 'true')
      throw refused('Only payments that are confirmed at once are played here.')
    return jsonAnswer(200, shownIntent(account.charge(about, now), parameters.expands('latest_charge')))
  },
}

const refund: Operation = {
  parameters: ['payment_intent', 'amount', 'metadata'],
  act: (account, parameters, now) => {
    const amount = parameters.count('amount')
    const made = account.refund(parameters.text('payment_intent'), amount, parameters.metadata(), now)
    return jsonAnswer(200, shownRefund(made))
  },
}

function missingPath(path: string): StripeRefusal {
  return new StripeRefusal(
    404,
    { type: 'invalid_request_error', message: `Unrecognized request URL (${path}).` },
    false,
  )
}
