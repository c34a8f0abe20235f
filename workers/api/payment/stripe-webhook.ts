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
    summary: "Receives Stripe's events of charges, refunds and disputes",
    description:
      'Refunds and disputes that begin at Stripe are found by their payment intent (of a sandbox payment: `ch_<payment id>`). Idempotent, in any order. Subscribe to: `payment_intent.succeeded`, `payment_intent.payment_failed`, `payment_intent.canceled`, `refund.created`, `refund.updated`, `refund.failed`, `charge.refunded`, `charge.dispute.created`, `charge.dispute.updated`, `charge.dispute.closed`, `charge.dispute.funds_withdrawn`, `charge.dispute.funds_reinstated`; other events and unknown payments are acknowledged and ignored.',
    sender: stripe,
  }),
  async (c) => {
    const { id, news } = eventFrom(await signedBody(c, stripe))
    for (const [index, one] of news.entries()) await dispatch(c, `stripe:${id}.${index}`, one)
    return sendJson(c, { received: true })
  },
)

/** @throws Problem `invalid_request` for a signed body that is not a Stripe event */
function eventFrom(body: unknown): ReturnType<typeof readStripeEvent> {
  try {
    return readStripeEvent(body)
  } catch (thrown) {
    throw thrown instanceof z.ZodError ? invalidRequest(...errorsOf('json', thrown)) : thrown
  }
}

/** Dispatches news to its payment, if it belongs to this deployment. */
async function dispatch(c: ApiContext, commandId: string, news: StripeNews): Promise<void> {
  const { id, command } = await commandOf(c, news)
  if (id === null) return
  const payment = c.env.PAYMENT.getByName(id)
  // Read first: a command to a payment of another deployment would leave a record here.
  const known = await withTimeout(payment.read({}))
  if (known === null) return
  // Deferred: under the same command id, the event sent again would get the same refusal.
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
  const sandboxKey = c.env.PAYMENT_GATEWAY === 'stripe' ? null : sandboxChargeKey(paymentIntentId)
  if (sandboxKey !== null) return sandboxKey
  try {
    return await stripeGateway(c.env).keyOf(paymentIntentId)
  } catch (thrown) {
    if (!(thrown instanceof PortError)) throw thrown
    if (thrown.code === 'not_configured') throw new Problem('not_configured', `${thrown.message}.`)
    throw retryLater('Stripe is not available at the moment.')
  }
}

/** Makes the sender repeat the event later. */
function retryLater(detail: string): Problem {
  return new Problem('unavailable', detail, { headers: { 'Retry-After': '60' } })
}
