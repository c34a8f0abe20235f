import { html } from 'hono/html'
import type { ApiContext } from '../context.ts'
import { newApi } from '../operation.ts'
import { notFound, problemType } from '../problems.ts'
import { prefersPage, sendPage } from './pages.ts'
import { type ProblemEntry, problemCatalog } from './problem-catalog.ts'
import { sendStatic, staticDocument } from './static-documents.ts'

/** The pages at the `type` of problems: when a problem happens, and what a client can do about it. */
export const problemPages = newApi()

problemPages.get('/problems', (c) => {
  const entries = [...problemCatalog]
  if (!prefersPage(c))
    return sendDescription(c, { data: entries.map(([code, entry]) => problemKind(c, code, entry)) })
  const rows = entries.map(
    ([code, { status, title }]) =>
      html`<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${status}</td><td>${title}</td></tr>`,
  )
  return sendPage(
    c,
    'Problems · Petrel',
    html`<h1>Problems</h1><p>Every kind of problem that the API returns (RFC 9457).</p>
<table><tr><th>code</th><th>status</th><th>title</th></tr>${rows}</table>`,
    { negotiated: true },
  )
})

problemPages.get('/problems/:code', (c) => {
  const code = c.req.param('code')
  const entry = problemCatalog.get(code)
  if (!entry) throw notFound('There is no such kind of problem.')
  if (!prefersPage(c)) return sendDescription(c, problemKind(c, code, entry))
  return sendPage(
    c,
    `${code} · Petrel`,
    html`<p><a href="/problems">Problems</a></p><h1><code>${code}</code></h1><p>${entry.title}</p>
<p>${entry.remedy}</p><p class="quiet">Status ${entry.status}, kind ${entry.kind}</p>`,
    { negotiated: true },
  )
})

function sendDescription(c: ApiContext, description: object): Response {
  return sendStatic(c, staticDocument(JSON.stringify(description), 'application/json'), { negotiated: true })
}

function problemKind(c: ApiContext, code: string, entry: ProblemEntry) {
  const { title, kind, status, remedy } = entry
  return { type: problemType(c, code), code, title, kind, status, remedy }
}
