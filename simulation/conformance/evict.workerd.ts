import unsafe from 'workerd:unsafe'

/** Evicts an object that is running. */
export function evictObject(stub: object): Promise<void> {
  return unsafe.evict(stub)
}
