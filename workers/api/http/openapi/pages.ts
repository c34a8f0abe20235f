import { html, raw } from 'hono/html'
import type { ApiContext } from '../context.ts'
import { sendStatic, staticDocument } from './static-documents.ts'

const style = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { font: 16px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; }
  h1 { font-size: 1.6rem; } h2 { margin-top: 2.6rem; border-bottom: 1px solid var(--line); }
  code, pre { font: .88em/1.5 ui-monospace, monospace; }
  pre { overflow: auto; padding: .8rem; border: 1px solid var(--line); border-radius: .4rem; }
  a { color: inherit; } table { border-collapse: collapse; width: 100%; }
  td, th { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
  details { margin: .5rem 0; border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .8rem; }
  summary { cursor: pointer; } summary code { font-weight: 600; } .quiet { opacity: .7; }`

type Html = ReturnType<typeof html>

/** A self-contained HTML page: no script, inline style. See `sendStatic` for `negotiated`. */
export async function sendPage(
  c: ApiContext,
  title: string,
  content: Html,
  options: { negotiated?: boolean } = {},
): Promise<Response> {
  const page = await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${raw(style)}</style></head><body>${content}</body></html>`
  c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
  return sendStatic(c, staticDocument(String(page), 'text/html; charset=utf-8'), options)
}

/** Whether the client prefers HTML to JSON. */
export function prefersPage(c: ApiContext): boolean {
  const accept = c.req.header('Accept') ?? ''
  const page = accept.indexOf('text/html')
  const json = accept.search(/application\/(problem\+)?json/)
  return page >= 0 && (json < 0 || page < json)
}
