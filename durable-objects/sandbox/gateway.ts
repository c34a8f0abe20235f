import type {
  ChargeRequest,
  ChargeResult,
  ChargeRule,
  PaymentGateway,
  PaymentMethodFacts,
  RefundRequest,
  RefundResult,
} from '../../shared/ports/payment-gateway.ts'
import { PortError } from '../../shared/ports/port-error.ts'
import {
  type ChargeAnswer,
  inspectMethod,
  type NoResult,
  type RefundAnswer,
  sandboxChargeRule,
} from '../../shared/ports/sandbox/gateway.ts'
import type { SandboxGatewayObject } from './gateway-object.ts'

/** The sandbox as a payment gateway: deterministic, and it moves no money. */
export class SandboxGateway implements PaymentGateway {
  readonly #objects: DurableObjectNamespace<SandboxGatewayObject>

  constructor(objects: DurableObjectNamespace<SandboxGatewayObject>) {
    this.#objects = objects
  }

  chargeRule(): ChargeRule {
    return sandboxChargeRule
  }

  async inspect(paymentMethod: string): Promise<PaymentMethodFacts> {
    return inspectMethod(paymentMethod)
  }

  async charge(request: ChargeRequest): Promise<ChargeResult> {
    const answer = await this.#objects.getByName(request.key).charge(request)
    assertResult(answer)
    return answer
  }

  async refund(request: RefundRequest): Promise<RefundResult> {
    const answer = await this.#objects.getByName(request.chargeKey).refund(request)
    assertResult(answer)
    return answer
  }

  async find(key: string): Promise<ChargeResult | null> {
    const answer = await this.#objects.getByName(key).find(key)
    if (answer) assertResult(answer)
    return answer
  }
}

/** @throws PortError for an answer that is no result; RangeError for an unreadable one */
function assertResult<Answer extends ChargeAnswer | RefundAnswer>(
  answer: Answer,
): asserts answer is Exclude<Answer, NoResult> {
  if (answer.status === 'timed_out')
    throw new PortError('unknown_outcome', 'gateway_timeout', 'the gateway did not answer in time')
  if (answer.status === 'garbled') throw new RangeError('the gateway sent an unreadable answer')
  if (answer.status === 'rejected') throw new PortError('rejected', answer.code, answer.detail)
}
