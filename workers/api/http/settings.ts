import { createMiddleware } from 'hono/factory'
import { configured, type Setting } from '../../../durable-objects/adapters/configuration.ts'
import type { ApiEnv } from './context.ts'
import { Problem } from './problems.ts'

/** What an operation cannot do without; for some it depends on their body, which is not validated yet. */
interface Need {
  readonly setting: Setting
  readonly when?: (body: unknown) => boolean
}

const paysByMethod: Need = {
  setting: 'PAYMENT_GATEWAY',
  when: (body) => member(body, 'paymentMethod') != null,
}

/** Operations whose own work needs a setting. What they set off later waits for one that is missing. */
export const operationNeeds: Readonly<Record<string, Need>> = {
  createOrder: paysByMethod,
  checkOutCart: paysByMethod,
  processPayment: { setting: 'PAYMENT_GATEWAY' },
  reviewPayment: { setting: 'PAYMENT_GATEWAY', when: (body) => member(body, 'decision') === 'approve' },
  refundPayment: { setting: 'PAYMENT_GATEWAY' },
  registerCustomer: { setting: 'MAILER' },
  resendVerification: { setting: 'MAILER' },
  startSession: { setting: 'MAILER' },
}

/**
 * Refuses an operation whose setting is missing before anything of it is stored: in production nothing is
 * charged, and nobody is told that a mail is on its way, by an adapter that nobody chose.
 *
 * @throws Problem `not_configured`
 */
export const requireSettings = createMiddleware<ApiEnv>(async (c, next) => {
  const need = operationNeeds[c.get('operationId') ?? '']
  if (need) {
    const said = configured(c.env, need.setting)
    if (!said.ok && (!need.when || need.when(await bodyOf(c.req))))
      throw new Problem('not_configured', said.detail)
  }
  await next()
})

async function bodyOf(request: { raw: Request; text(): Promise<string> }): Promise<unknown> {
  const text = request.raw.body === null ? '' : await request.text()
  return text === '' ? {} : JSON.parse(text)
}

function member(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}
