import configuration from '../../../../wrangler.toml'

/** A limit of requests: so many (`quota`) in so many seconds (`window`), which the platform counts by location. */
export interface RateLimitPolicy {
  readonly quota: number
  readonly window: number
}

const BLOCK = /^\[\[ratelimits\]\]\n((?:(?!\[).*\n?)*)/gm

/**
 * The limits that a wrangler.toml sets, by binding. A binding cannot be asked for its limit, so what is told to clients
 * is read where it is set.
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
