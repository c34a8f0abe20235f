/** The harness puts it among the bindings. */
export function evictObject(stub: object, env: { EVICT?: (stub: object) => Promise<void> }): Promise<void> {
  if (!env.EVICT) throw new Error('nothing evicts here')
  return env.EVICT(stub)
}
