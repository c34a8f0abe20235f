/** Which file it is, is decided where the probe is bundled. */
declare module 'conformance:evict' {
  /** Evicts an object that is running: its memory is lost, its storage is not. */
  export function evictObject(stub: object, env: object): Promise<void>
}

declare module 'workerd:unsafe' {
  const unsafe: { evict(stub: object): Promise<void> }
  export default unsafe
}
