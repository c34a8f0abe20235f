import { StripeGateway } from '../../shared/ports/stripe/gateway.ts'
import type { Env } from '../env.ts'
import { notConfigured } from './configuration.ts'

/**
 * Stripe with the settings of this deployment.
 *
 * @throws PortError `unavailable`, `not_configured`
 */
export function stripeGateway(env: Pick<Env, 'STRIPE_SECRET_KEY' | 'STRIPE_API_URL'>): StripeGateway {
  if (!env.STRIPE_SECRET_KEY) throw notConfigured('Stripe needs the secret STRIPE_SECRET_KEY')
  return new StripeGateway({ secretKey: env.STRIPE_SECRET_KEY, apiUrl: env.STRIPE_API_URL || undefined })
}
