import type { Allowance, Look } from '../../../durable-objects/rpc.ts'
import { HOUR, SECOND } from '../../../shared/core/time.ts'
import { customerRules } from '../../../shared/customer/policies.ts'
import { callerBucket } from '../http/auth/caller.ts'
import type { ApiContext } from '../http/context.ts'
import { Problem } from '../http/problems.ts'
import { withTimeout } from '../http/timeout.ts'

/** Limits per hour for callers without an access token; see `AllowanceObject`. */
export const hourlyLimits = {
  /** How often one caller may learn that an address is taken. */
  addressesLearnt: 5,
  /** Verification mails to one address. */
  verificationMails: customerRules.verificationMailsPerHour,
  /** Registrations by one caller; a shop's server may register all its visitors. */
  registrations: 1_000,
  /** Mails requested by one caller besides registrations: new tokens and log-in codes. */
  mails: 100,
  /**
   * Tries of log-in codes. A handle has few tries, so that a code cannot be guessed, and its own, so that nobody can use
   * up another's. Handles are free, hence the limits per caller and per address: at most 1,000 tries at 3 codes, a
   * chance of 0.3 %.
   */
  tries: { handle: customerRules.logInCode.tries, caller: 100, address: 1_000 },
} as const

/** Counts one use of each allowance of an address; `false`, and no count, if one is exhausted. */
export function useOfAddress(c: ApiContext, emailHash: string, ...allowances: Allowance[]): Promise<boolean> {
  return withTimeout(allowanceOf(c, `address:${emailHash}`).take(allowances))
}

/** Counts one use of each allowance of the caller; `false`, and no count, if one is exhausted. */
export function useOfCaller(c: ApiContext, ...allowances: Allowance[]): Promise<boolean> {
  return withTimeout(allowanceOfCaller(c).take(allowances))
}

/**
 * Looks up whether an address is taken. A caller may learn that a few times an hour.
 *
 * @throws Problem `rate_limited` after that, for taken and free addresses alike
 */
export async function isTakenWithinLimit(c: ApiContext, look: () => Promise<boolean>): Promise<boolean> {
  const max = hourlyLimits.addressesLearnt
  const came = await withTimeout<Look>(allowanceOfCaller(c).look({ purpose: 'address learnt', max }, look))
  if (came === 'limited') throw hourlyLimitReached('registration', max)
  return came === 'revealed'
}

/** The problem of an exhausted hourly limit. */
export function hourlyLimitReached(name: string, max: number): Problem {
  const window = HOUR / SECOND
  return new Problem('rate_limited', `At most ${max} of this within an hour.`, {
    headers: {
      'Retry-After': `${window}`,
      RateLimit: `"${name}";r=0;t=${window}`,
      'RateLimit-Policy': `"${name}";q=${max};w=${window}`,
    },
  })
}

function allowanceOfCaller(c: ApiContext) {
  return allowanceOf(c, `caller:${callerBucket(c.get('caller'))}`)
}

function allowanceOf(c: ApiContext, name: string) {
  return c.env.ALLOWANCE.getByName(name)
}
