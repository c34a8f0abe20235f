import { isAggregateKind } from '../shared/registry.ts'
import { bindingOf, type Env } from './env.ts'

/**
 * The object of an aggregate whose kind is only known when it runs (an effect, a timer, a confirmation). Where it
 * is known beforehand, `env.ORDER.getByName(id)` has the types of its state.
 *
 * @throws RangeError for a kind that does not exist, which can only be a defect
 */
export function anyAggregateStub(env: Env, kind: string, id: string) {
  if (!isAggregateKind(kind)) throw new RangeError(`there is no aggregate of kind ${kind}`)
  return env[bindingOf(kind)].getByName(id)
}
