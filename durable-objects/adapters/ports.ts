import { parcelSchema } from '../../shared/ports/carrier/carrier.ts'
import { sandboxCarrier } from '../../shared/ports/sandbox/carrier.ts'
import type { Env } from '../env.ts'
import { sweepPersonalData } from './erasure.ts'
import { sendMail } from './mail.ts'
import { charge, refund, screen } from './payments.ts'
import type { PortCall } from './port-call.ts'

/**
 * Calls a port. The reply command validates the result.
 *
 * @throws PortError as the port's interface says; RangeError for a port that does not exist
 */
export async function callPort(
  env: Env,
  port: string,
  operation: string,
  input: unknown,
  about: PortCall,
): Promise<unknown> {
  switch (`${port}.${operation}`) {
    case 'payments.screen':
      return screen(env, input, about)
    case 'payments.charge':
      return charge(env, input, about)
    case 'payments.refund':
      return refund(env, input)
    case 'mailer.send':
      return sendMail(env, input, about)
    case 'erasure.sweep':
      return sweepPersonalData(env, input, about)
    case 'carrier.book':
      return sandboxCarrier.book(parcelSchema.parse(input))
    default:
      throw new RangeError(`there is no operation ${operation} of a port ${port}`)
  }
}
