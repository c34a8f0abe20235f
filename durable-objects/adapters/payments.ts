import {
  type ScreeningFacts,
  type ScreeningRequest,
  screeningFactsSchema,
  screeningRequestSchema,
} from '../../shared/payment/commands.ts'
import {
  type ChargeResult,
  chargeRequestSchema,
  type PaymentGateway,
  type RefundResult,
  refundRequestSchema,
} from '../../shared/ports/payment-gateway.ts'
import type { Env } from '../env.ts'
import { SandboxGateway } from '../sandbox/gateway.ts'
import { requireConfigured } from './configuration.ts'
import type { PortCall } from './port-call.ts'
import { stripeGateway } from './stripe.ts'

type GatewayEnv = Pick<
  Env,
  'ENVIRONMENT' | 'PAYMENT_GATEWAY' | 'SANDBOX_GATEWAY' | 'STRIPE_SECRET_KEY' | 'STRIPE_API_URL'
>

/**
 * The gateway that `PAYMENT_GATEWAY` names; in development the sandbox without it, which moves no money.
 *
 * @throws PortError `unavailable`, `not_configured`
 */
export function paymentGateway(env: GatewayEnv): PaymentGateway {
  return requireConfigured(env, 'PAYMENT_GATEWAY') === 'sandbox'
    ? new SandboxGateway(env.SANDBOX_GATEWAY)
    : stripeGateway(env)
}

/** Charges a payment method, once per key. */
export async function charge(env: Env, input: unknown, about: PortCall): Promise<ChargeResult> {
  const gateway = paymentGateway(env)
  const request = chargeRequestSchema.parse(input)
  // After a failed try the charge may have landed: look it up before charging, as idempotency keys expire.
  const found = about.attempts > 0 ? await gateway.find(request.key) : null
  return found ?? gateway.charge(request)
}

/** Gives back a part of a charge, once per key. */
export async function refund(env: Env, input: unknown): Promise<RefundResult> {
  return paymentGateway(env).refund(refundRequestSchema.parse(input))
}

/** Looks up what the fraud score is made of: the card at the gateway, and what the shop knows of the customer. */
export async function screen(env: Env, input: unknown, about: PortCall): Promise<ScreeningFacts> {
  const request = screeningRequestSchema.parse(input)
  const { cardCountry } = await paymentGateway(env).inspect(request.paymentMethod)
  return { ...(cardCountry && { cardCountry }), customer: await recordAttempt(env, request, about) }
}

/** Refusals by a customer of whom the shop knows nothing, or nothing any more. */
const unknownCustomer = ['customer_not_found', 'customer_erased']

/** Tells the customer of the try, who counts it and answers with what is known; `null` for an unknown one. */
async function recordAttempt(
  env: Env,
  { paymentId, orderId, customerId, amount }: ScreeningRequest,
  about: PortCall,
): Promise<ScreeningFacts['customer']> {
  const customer = env.CUSTOMER.getByName(customerId)
  const reply = await customer.dispatch({
    id: customerId,
    command: { type: 'RecordPaymentAttempt', paymentId, orderId, amount },
    commandId: about.id,
    trace: about.trace,
  })
  if (!reply.ok) {
    if (unknownCustomer.includes(reply.refusal.code)) return null
    throw new Error(`the customer refused a payment attempt: ${reply.refusal.code}`)
  }
  const recorded = reply.events.find(({ type }) => type === 'PaymentAttemptRecorded')
  if (recorded) return screeningFactsSchema.shape.customer.parse(JSON.parse(recorded.data))
  // A repetition appends nothing; what was found the first time counts.
  const known = await customer.read({})
  const attempt = known?.state.paymentAttempts.find((one) => one.paymentId === paymentId)
  if (!attempt) throw new Error('the customer remembers no such payment attempt')
  return screeningFactsSchema.shape.customer.parse(attempt)
}
