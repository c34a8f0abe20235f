import { createHash } from 'node:crypto'
import type { ApiContext } from '../context.ts'
import { ifNoneMatchTag } from '../request/conditions.ts'

/** A document that changes with a deployment alone. */
export interface StaticDocument {
  readonly text: string
  readonly type: string
  /** Its strong entity tag: a hash of the text. */
  readonly tag: string
}

/** How long a copy may be used without asking: a deployment shows within five minutes. */
const CACHE_CONTROL = 'public, max-age=300'

/** A document of a media type, with its tag. */
export function staticDocument(text: string, type: string): StaticDocument {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 27)
  return { text, type, tag: `"${hash}"` }
}

/**
 * Sends a document that may be cached, or 304 to a client that has it. `negotiated`: the address has documents of several
 * types, chosen by Accept.
 */
export function sendStatic(
  c: ApiContext,
  { text, type, tag }: StaticDocument,
  { negotiated = false }: { negotiated?: boolean } = {},
): Response {
  c.header('ETag', tag)
  c.header('Cache-Control', CACHE_CONTROL)
  if (negotiated) c.header('Vary', 'Accept')
  if (ifNoneMatchTag(c.req.header('If-None-Match'), tag)) return c.body(null, 304)
  return c.body(text, 200, { 'Content-Type': type })
}
