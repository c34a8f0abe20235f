/** A structured clone; plain data, which is nearly all that crosses RPC, is copied without the detour over bytes. */
export function cloned<Value>(value: Value): Value
export function cloned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return isPlain(value) ? value : structuredClone(value)
  if (Array.isArray(value)) return value.map((item) => cloned(item))
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value)) copy[key] = cloned(part)
  return copy
}

/** What a structured clone refuses are functions and symbols. */
function isPlain(value: unknown): boolean {
  return typeof value !== 'function' && typeof value !== 'symbol'
}
