import type { Allowance, Look } from '../../../durable-objects/rpc.ts'
import { HOUR, SECOND } from '../../../shared/core/time.ts'
import { customerRules } from '../../../shared/customer/policies.ts'
import { callerBucket } from '../http/auth/caller.ts'
import type { ApiContext } from '../http/context.ts'
import { Problem } from '../http/problems.ts'
import { withTimeout } from '../http/timeout.ts'

/** What strangers may do within an hour; see `AllowanceObject`. */
export const hourlyLimits = {
  /** How often one caller may hear that an address is taken. */
  addressesLearnt: 5,
  /** Mails to one address that anybody can cause by registering it. */
  verificationMails: customerRules.verificationMailsPerHour,
  /** Registrations of one caller: a shop's own server may register for all its visitors. */
  registrations: 1_000,
  /** Mails that one caller may ask for besides registrations: new tokens and log-in codes. */
  mails: 100,
  /**
   * Tries of log-in codes. Those of a handle are few, so that a code cannot be guessed with it, and belong to
   * it alone, so that nobody uses up another's. Handles cost nothing, hence the bounds for all handles of a
   * caller, and for all callers together: a thousand tries at three codes at most find one in 0.3 %.
   */
  tries: { handle: customerRules.logInCode.tries, caller: 100, address: 1_000 },
} as const

/** Counts for the address with this hash, if there is one left of each. */
export function useOfAddress(c: ApiContext, emailHash: string, ...allowances: Allowance[]): Promise<boolean> {
  return withTimeout(allowanceOf(c, `address:${emailHash}`).take(allowances))
}

/** Counts for the caller, if there is one left of each. */
export function useOfCaller(c: ApiContext, ...allowances: Allowance[]): Promise<boolean> {
  return withTimeout(allowanceOfCaller(c).take(allowances))
}

/**
 * Looks up whether an address is taken, which one caller may learn a few times an hour.
 *
 * @throws Problem `rate_limited` once it was learnt so often, for taken and for free addresses alike
 */
export async function isTakenWithinLimit(c: ApiContext, look: () => Promise<boolean>): Promise<boolean> {
  const max = hourlyLimits.addressesLearnt
  const came = await withTimeout<Look>(allowanceOfCaller(c).look({ purpose: 'address learnt', max }, look))
  if (came === 'limited') throw hourlyLimitReached('registration', max)
  return came === 'revealed'
}

/** The problem of a limit that is counted by the hour. */
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
