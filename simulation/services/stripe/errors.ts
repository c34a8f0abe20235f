import { jsonAnswer, type ServiceAnswer } from '../service.ts'

/** A refusal of Stripe's: https://docs.stripe.com/api/errors */
export class StripeRefusal extends Error {
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>
  /** Whether the request was begun, so that its idempotency key stands for this answer from now on. */
  readonly begun: boolean

  constructor(status: number, fields: Readonly<Record<string, unknown>>, begun: boolean) {
    super(String(fields.message ?? fields.type))
    this.status = status
    this.fields = fields
    this.begun = begun
  }

  answer(): ServiceAnswer {
    return jsonAnswer(this.status, { error: this.fields })
  }
}

const type = 'invalid_request_error'

/** A request that cannot be read; nothing is kept of it. */
export function unreadable(code: string, param: string, message: string): StripeRefusal {
  return new StripeRefusal(400, { type, code, param, message }, false)
}

/** A readable request that cannot be carried out. Some such errors have no code. */
export function refused(message: string, more: { code?: string; param?: string } = {}): StripeRefusal {
  return new StripeRefusal(400, { type, ...more, message }, true)
}

/** An object that a path or a parameter names, and that is not there. */
export function missing(what: string, id: string, param: string, status: 400 | 404): StripeRefusal {
  return new StripeRefusal(
    status,
    { type, code: 'resource_missing', param, message: `No such ${what}: '${id}'` },
    true,
  )
}

export const unauthorized = new StripeRefusal(401, { type, message: 'Invalid API Key provided.' }, false)

export const keyReused = new StripeRefusal(
  400,
  {
    type: 'idempotency_error',
    message:
      'Keys for idempotent requests can only be used with the same parameters they were first used with.',
  },
  false,
)
