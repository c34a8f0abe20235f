import { currencyConfiguration } from '../../../durable-objects/adapters/currencies.ts'
import { paymentGateway } from '../../../durable-objects/adapters/payments.ts'
import type { Env } from '../../../durable-objects/env.ts'
import type { ShopCurrencies } from '../../../shared/core/money/exchange.ts'
import type { Currency } from '../../../shared/core/money/money.ts'
import type { ChargeRule } from '../../../shared/ports/payment-gateway.ts'
import { PortError } from '../../../shared/ports/port-error.ts'
import { Problem } from './problems.ts'

/**
 * The shop's base currency and its rates, as a request may count in them.
 *
 * @throws Problem `not_configured` for a setting that cannot be read
 */
export function currenciesOf(env: Env): ShopCurrencies {
  const said = currencyConfiguration(env)
  if (!said.ok) throw new Problem('not_configured', said.detail)
  return said.currencies
}

/**
 * What the gateway of this deployment can charge in a currency; `null` for nothing. Asks nobody.
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
