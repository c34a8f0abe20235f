/** Classes whose instances can be cloned. */
const CLONEABLE = [Date, RegExp, ArrayBuffer, Error, Map, Set]

/**
 * A structured clone as RPC makes it; plain data, which is nearly all that crosses RPC, is copied without the detour over
 * bytes.
 *
 * @throws DataCloneError for functions, symbols, and instances of classes, of which Node would make plain objects
 */
export function cloned<Value>(value: Value): Value
export function cloned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return isPlain(value) ? value : structuredClone(value)
  if (Array.isArray(value)) return value.map((item) => cloned(item))
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    refuseInstance(value)
    return structuredClone(value)
  }
  const copy: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value)) copy[key] = cloned(part)
  return copy
}

/** What a structured clone refuses are functions and symbols. */
function isPlain(value: unknown): boolean {
  return typeof value !== 'function' && typeof value !== 'symbol'
}

function refuseInstance(value: object): void {
  if (ArrayBuffer.isView(value) || CLONEABLE.some((Class) => value instanceof Class)) return
  const { name = 'Object' } = Object(value.constructor)
  const message = `Could not serialize object of type "${name}". This type does not support serialization.`
  throw new DOMException(message, 'DataCloneError')
}
