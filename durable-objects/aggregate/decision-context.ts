import type { DecisionContext } from '../../shared/core/aggregate.ts'
import { newId } from '../../shared/core/ids.ts'
import { shopCurrencies } from '../adapters/currencies.ts'
import { oneTimeSecrets } from '../adapters/secrets.ts'
import type { Env } from '../env.ts'
import { clock } from '../sandbox/clock.ts'

/** What a decision may know of the world: the deployment's time, new ids, one-time secrets, currencies. */
export function decisionContext(env: Env, kind: string, id: string, nextVersion: number): DecisionContext {
  return {
    id,
    now: clock.now(),
    nextVersion,
    newId,
    // Few decisions hand out a secret.
    get secrets() {
      return oneTimeSecrets(env, kind, id)
    },
    // Read when asked for: a decision that counts no money goes on while the setting is broken.
    get currencies() {
      return shopCurrencies(env)
    },
  }
}
