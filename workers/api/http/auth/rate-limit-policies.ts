import configuration from '../../../../wrangler.toml'

/** A rate limit: `quota` requests per `window` seconds, counted by the platform per location. */
interface RateLimitPolicy {
  readonly quota: number
  readonly window: number
}

const BLOCK = /^\[\[ratelimits\]\]\n((?:(?!\[).*\n?)*)/gm

/**
 * The limits of a wrangler.toml, by binding. A binding does not expose its limit, so the response headers take it from
 * the configuration.
 */
export function rateLimitPolicies(toml: string): ReadonlyMap<string, RateLimitPolicy> {
  return new Map(
    [...toml.matchAll(BLOCK)].flatMap(([, block = '']): [string, RateLimitPolicy][] => {
      const name = /^\s*name\s*=\s*["']([^"']+)["']/m.exec(block)?.[1]
      const [limit, period] = ['limit', 'period'].map((key) =>
        Number(
          new RegExp(String.raw`^\s*simple\s*=.*\b${key}\s*=\s*([\d_]+)`, 'm')
            .exec(block)?.[1]
            ?.replaceAll('_', ''),
        ),
      )
      return name && limit && period ? [[name, { quota: limit, window: period }]] : []
    }),
  )
}

export const configuredPolicies = rateLimitPolicies(configuration)
