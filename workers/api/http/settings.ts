import { createMiddleware } from 'hono/factory'
import { configured, type Setting } from '../../../durable-objects/adapters/configuration.ts'
import { currencyConfiguration } from '../../../durable-objects/adapters/currencies.ts'
import { paymentGateway } from '../../../durable-objects/adapters/payments.ts'
import type { Env } from '../../../durable-objects/env.ts'
import type { ShopCurrencies } from '../../../shared/core/money/exchange.ts'
import type { Currency } from '../../../shared/core/money/money.ts'
import type { ChargeRule } from '../../../shared/ports/payment-gateway.ts'
import { PortError } from '../../../shared/ports/port-error.ts'
import type { ApiEnv } from './context.ts'
import { Problem } from './problems.ts'

/** A setting that an operation requires; for some it depends on their body, which is not validated yet. */
interface Need {
  readonly setting: Setting
  readonly when?: (body: unknown) => boolean
}

const paysByMethod: Need = {
  setting: 'PAYMENT_GATEWAY',
  when: (body) => member(body, 'paymentMethod') != null,
}

/** Operations that require a setting themselves. Effects that they cause later wait until it is set. */
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
 * Refuses a command before anything is stored while a setting that it requires is missing, or while the currency
 * settings, which every decision about money needs, cannot be read.
 *
 * @throws Problem `not_configured`
 */
export const requireSettings = createMiddleware<ApiEnv>(async (c, next) => {
  const need = operationNeeds[c.get('operationId') ?? '']
  if (need && (need.when?.(c.get('body')) ?? true)) {
    const setting = configured(c.env, need.setting)
    if (!setting.ok) throw new Problem('not_configured', setting.detail)
  }
  currenciesOf(c.env)
  await next()
})

function member(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}

/**
 * The shop's base currency and exchange rates.
 *
 * @throws Problem `not_configured` for a setting that cannot be read
 */
export function currenciesOf(env: Env): ShopCurrencies {
  const configuration = currencyConfiguration(env)
  if (!configuration.ok) throw new Problem('not_configured', configuration.detail)
  return configuration.currencies
}

/**
 * The amounts that this deployment's gateway can charge in a currency; `null` for none. Makes no call.
 *
 * @throws Problem `not_configured` without a gateway
 */
export function chargeRuleOf(env: Env, currency: Currency): ChargeRule | null {
  try {
    return paymentGateway(env).chargeRule(currency)
  } catch (fault) {
    if (fault instanceof PortError) throw new Problem('not_configured', fault.message)
    throw fault
  }
}
