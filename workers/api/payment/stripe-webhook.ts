import { z } from 'zod'
import { stripeGateway } from '../../../durable-objects/adapters/stripe.ts'
import type { StepReply } from '../../../durable-objects/aggregate/protocol.ts'
import type { PaymentCommand } from '../../../shared/payment/commands.ts'
import { PortError } from '../../../shared/ports/port-error.ts'
import { sandboxChargeKey } from '../../../shared/ports/sandbox/gateway.ts'
import { readStripeEvent, type StripeNews } from '../../../shared/ports/stripe/events.ts'
import type { ApiContext } from '../http/context.ts'
import { sendJson } from '../http/context.ts'
import { errorsOf, newApi } from '../http/operation.ts'
import { invalidRequest, Problem } from '../http/problems.ts'
import { withTimeout } from '../http/timeout.ts'
import { signedBody, type WebhookSender, webhookRoute } from '../http/webhook.ts'

const stripe: WebhookSender = {
  header: 'Stripe-Signature',
  setting: 'STRIPE_WEBHOOK_SECRET',
  scheme: 'stripeSignature',
}

export const webhookRoutes = newApi()

webhookRoutes.openapi(
  webhookRoute({
    operationId: 'paymentWebhook',
    path: '/webhooks/stripe',
    tag: 'payments',
    summary: "Takes Stripe's events: what became of charges and refunds, and disputes",
    description:
      'Refunds and disputes that begin at Stripe are found by their payment intent (of a sandbox payment: `ch_<payment id>`). Any number of times and in any order: an event is taken once. Events to subscribe to: `payment_intent.succeeded`, `payment_intent.payment_failed`, `payment_intent.canceled`, `refund.created`, `refund.updated`, `refund.failed`, `charge.refunded`, `charge.dispute.created`, `charge.dispute.updated`, `charge.dispute.closed`, `charge.dispute.funds_withdrawn`, `charge.dispute.funds_reinstated`; others are acknowledged and passed over, as are payments that are none of ours.',
    sender: stripe,
  }),
  async (c) => {
    const { id, news } = eventFrom(await signedBody(c, stripe))
    for (const [index, one] of news.entries()) await dispatch(c, `stripe:${id}.${index}`, one)
    return sendJson(c, { received: true })
  },
)

/** @throws Problem `invalid_request` for a signed body that is no event of Stripe's */
function eventFrom(body: unknown): ReturnType<typeof readStripeEvent> {
  try {
    return readStripeEvent(body)
  } catch (thrown) {
    throw thrown instanceof z.ZodError ? invalidRequest(...errorsOf('json', thrown)) : thrown
  }
}

/** Passes news on to the payment that they are about, if it is one of ours. */
async function dispatch(c: ApiContext, commandId: string, news: StripeNews): Promise<void> {
  const { id, command } = await commandOf(c, news)
  if (id === null) return
  const payment = c.env.PAYMENT.getByName(id)
  // Asked first, so that a payment of another deployment leaves no trace here.
  const known = await withTimeout(payment.read({}))
  if (known === null) return
  // Not told yet: the same event, sent again, would be answered with the same refusal.
  if (command.type === 'RecordOutsideRefund' && known.state.status === 'requested')
    throw retryLater('The outcome of the charge is not known yet.')
  const reply = await withTimeout<StepReply>(
    payment.dispatch({ id, command, commandId, trace: c.get('trace') }),
  )
  if (reply.ok) return
  console.warn(
    JSON.stringify({
      level: 'warn',
      message: 'a webhook was refused',
      operation: c.get('operationId'),
      command: command.type,
      refusal: reply.refusal.code,
      requestId: c.get('requestId'),
    }),
  )
}

async function commandOf(
  c: ApiContext,
  news: StripeNews,
): Promise<{ id: string | null; command: PaymentCommand }> {
  switch (news.about) {
    case 'charge':
      return { id: news.paymentId, command: { type: 'RecordGatewayCharge', result: news.result } }
    case 'refund': {
      const { paymentId, refundId, result } = news
      return { id: paymentId, command: { type: 'RecordGatewayRefund', refundId, result } }
    }
    case 'outside_refund': {
      const { paymentIntentId, gatewayRefundId, amount, result } = news
      const id = await paymentBehind(c, paymentIntentId)
      return { id, command: { type: 'RecordOutsideRefund', gatewayRefundId, amount, result } }
    }
    case 'dispute': {
      const { paymentIntentId, disputeId, reason, amount, status } = news
      const id = await paymentBehind(c, paymentIntentId)
      return { id, command: { type: 'RecordDispute', disputeId, reason, amount, status } }
    }
  }
}

/** @throws Problem `not_configured`, `unavailable`: Stripe sends the event again later */
async function paymentBehind(c: ApiContext, paymentIntentId: string): Promise<string | null> {
  const played = c.env.PAYMENT_GATEWAY === 'stripe' ? null : sandboxChargeKey(paymentIntentId)
  if (played !== null) return played
  try {
    return await stripeGateway(c.env).keyOf(paymentIntentId)
  } catch (thrown) {
    if (!(thrown instanceof PortError)) throw thrown
    if (thrown.code === 'not_configured') throw new Problem('not_configured', `${thrown.message}.`)
    throw retryLater('Stripe cannot be asked at the moment.')
  }
}

/** Asks the sender to send the event once more. */
function retryLater(detail: string): Problem {
  return new Problem('unavailable', detail, { headers: { 'Retry-After': '60' } })
}
