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
 * The gateway that `PAYMENT_GATEWAY` names; the default in development is the sandbox, which moves no money.
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
  // A failed try may have charged: look it up before charging again, as idempotency keys expire.
  const found = about.attempts > 0 ? await gateway.find(request.key) : null
  return found ?? gateway.charge(request)
}

/** Refunds a part of a charge, once per key. */
export async function refund(env: Env, input: unknown): Promise<RefundResult> {
  return paymentGateway(env).refund(refundRequestSchema.parse(input))
}

/** Collects the facts of the fraud score: the card's from the gateway, and the customer's record. */
export async function screen(env: Env, input: unknown, about: PortCall): Promise<ScreeningFacts> {
  const request = screeningRequestSchema.parse(input)
  const [{ cardCountry }, customer] = await Promise.all([
    paymentGateway(env).inspect(request.paymentMethod),
    recordAttempt(env, request, about),
  ])
  return { ...(cardCountry && { cardCountry }), customer }
}

/** Refusals of a customer without a record. */
const unknownCustomer = ['customer_not_found', 'customer_erased']

/** Records the attempt with the customer and returns the customer's facts; `null` for an unknown customer. */
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
  // A repetition appends nothing: the facts of the first time apply.
  const known = await customer.read({})
  const attempt = known?.state.paymentAttempts.find((one) => one.paymentId === paymentId)
  if (!attempt) throw new Error('the customer has no record of the payment attempt')
  return screeningFactsSchema.shape.customer.parse(attempt)
}
