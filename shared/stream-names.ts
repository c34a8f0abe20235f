import type { Stream } from './core/projection.ts'
import { type Registry, registry } from './registry.ts'

/** An id that was generated: three letters and a UUID. */
const GENERATED = /^([a-z]{3})_[0-9a-f-]{36}$/

/**
 * The name of an aggregate's stream among all streams. An id that was generated for a kind is unique by
 * itself; a product and its stock share a SKU, a customer and its profile an id, so all others carry their
 * kind in front.
 */
export function streamName(kind: string, id: string, kinds: Registry = registry): string {
  const prefix = Object.hasOwn(kinds, kind) ? kinds[kind]?.idPrefix : undefined
  return prefix !== undefined && GENERATED.exec(id)?.[1] === prefix ? id : `${kind}/${id}`
}

/** The id of the event with this version: `<stream>/<version>`. */
export function eventId(kind: string, id: string, version: number): string {
  return `${streamName(kind, id)}/${version}`
}

/** The aggregate of a stream's name, as `streamName` writes it; `null` for what can name none. */
export function streamNamed(name: string, kinds: Registry = registry): Stream | null {
  const slash = name.indexOf('/')
  const kind = slash < 0 ? kindOfPrefix(kinds, name.slice(0, name.indexOf('_'))) : name.slice(0, slash)
  const id = name.slice(slash + 1)
  if (kind === undefined || id === '' || !Object.hasOwn(kinds, kind)) return null
  return streamName(kind, id, kinds) === name ? { kind, id } : null
}

function kindOfPrefix(kinds: Registry, prefix: string): string | undefined {
  return Object.values(kinds).find(({ idPrefix }) => idPrefix === prefix)?.kind
}
