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
  CHARGE_NOT_FOUND,
  type ChargeAnswer,
  inspectMethod,
  type NoResult,
  type RefundAnswer,
  sandboxChargeRule,
} from '../../shared/ports/sandbox/gateway.ts'
import { shardOf } from '../forwarder/forwarders.ts'
import type { SandboxGatewayObject } from './gateway-object.ts'

/** Over how many objects payments are spread: a new object for each would cost more than all its commits. */
const SHARDS = 8

/** The name of the object with the records of a charge and its refunds. */
export function sandboxShard(chargeKey: string): string {
  return `shard-${shardOf(chargeKey, SHARDS)}`
}

/**
 * The sandbox as a payment gateway: deterministic, and it moves no money. Earlier releases kept each payment in an object
 * of its own, named by the charge's key, which is asked where the shard does not know the charge.
 */
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
    const answer = await this.#shard(request.key).charge(request)
    assertResult(answer)
    return answer
  }

  async refund(request: RefundRequest): Promise<RefundResult> {
    const { chargeKey } = request
    let answer = await this.#shard(chargeKey).refund(request)
    if (answer.status === 'rejected' && answer.code === CHARGE_NOT_FOUND)
      answer = await this.#objects.getByName(chargeKey).refund(request)
    assertResult(answer)
    return answer
  }

  async find(key: string): Promise<ChargeResult | null> {
    const answer = (await this.#shard(key).find(key)) ?? (await this.#objects.getByName(key).find(key))
    if (answer) assertResult(answer)
    return answer
  }

  #shard(chargeKey: string): DurableObjectStub<SandboxGatewayObject> {
    return this.#objects.getByName(sandboxShard(chargeKey))
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
