import { z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { ApiContext } from '../context.ts'
import type { OpenApiDocument } from './openapi.ts'
import { sendPage } from './pages.ts'

type Paths = NonNullable<OpenApiDocument['paths']>
type Operation = NonNullable<Paths[string]['get']>

const methods = ['get', 'post', 'patch', 'delete'] as const

/** The API reference: every operation of the document on one page, rendered on the server. */
export function docsPage(c: ApiContext, document: OpenApiDocument) {
  const { title, description } = document.info
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method]
      return operation ? [{ path, method, operation }] : []
    }),
  )
  const groups = (document.tags ?? []).map((tag) => ({
    ...tag,
    operations: operations.filter(({ operation }) => operation.tags?.includes(tag.name)),
  }))
  const schemas = Object.entries(document.components?.schemas ?? {})
  return sendPage(
    c,
    `${title} · API`,
    html`<h1>${title}: the API</h1><p>${description}</p>
<p><a href="/openapi.json">openapi.json</a> · <a href="/asyncapi.json">asyncapi.json</a> · <a href="/schemas">schemas of events</a> · <a href="/problems">problems</a></p>
<nav>${groups.map(({ name }) => html`<a href="#${name}">${name}</a> `)}<a href="#schemas">schemas</a></nav>
${groups.map(
  ({ name, description, operations }) =>
    html`<h2 id="${name}">${name}</h2><p>${description}</p>${operations.map((one) => section(one, document))}`,
)}
<h2 id="schemas">schemas</h2>
${schemas.map(([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>${json(schema)}</details>`)}`,
  )
}

function section(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  document: OpenApiDocument,
) {
  const { operationId, summary, description, parameters = [], requestBody, responses = {} } = operation
  return html`<details id="${operationId}"><summary><code>${method.toUpperCase()} ${path}</code> ${summary}</summary>
<p class="quiet"><code>${operationId}</code> · ${audience(operation)}</p>
${description ? html`<p>${description}</p>` : ''}
${parameters.length > 0 ? html`<p>Parameters</p><ul>${parameters.map((parameter) => html`<li>${parameterText(parameter)}</li>`)}</ul>` : ''}
${requestBody && 'content' in requestBody ? html`${bodyText(requestBody.content['application/json'])}` : ''}
<table>${Object.entries(responses).map(([status, response]) => html`<tr><td>${status}</td><td>${responseText(response, document)}</td></tr>`)}</table>
</details>`
}

function audience({ security = [] }: Operation): string {
  if (security.some((requirement) => Object.keys(requirement).length === 0)) return 'anyone'
  const callers = security.flatMap((requirement) => Object.entries(requirement))
  return callers.map(([scheme, scopes]) => scopes.join(' or ') || scheme).join(' or ')
}

type Parameter = NonNullable<Operation['parameters']>[number]

function parameterText(parameter: Parameter): string {
  if ('$ref' in parameter)
    return `header ${headerNames[parameter.$ref.split('/').at(-1) ?? ''] ?? parameter.$ref}`
  const { name, in: place, required, description } = parameter
  return `${place} ${name}${required ? '' : ' (optional)'}${description ? `: ${description}` : ''}`
}

/** The header names of the document's header parameters. */
const headerNames: Readonly<Record<string, string>> = {
  IdempotencyKey: 'Idempotency-Key',
  IfMatch: 'If-Match',
  IfNoneMatch: 'If-None-Match',
  Prefer: 'Prefer',
  Traceparent: 'traceparent',
}

function bodyText(media: { readonly schema?: unknown; readonly example?: unknown } | undefined) {
  return html`<p>Body</p>${json(media?.example)}<details><summary>Schema</summary>${json(media?.schema)}</details>`
}

const responseShape = z.looseObject({
  $ref: z.string().optional(),
  description: z.string().default(''),
  content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).default({}),
})

/** When it is answered, and what with: the names of schemas, or the codes of problems. */
function responseText(part: unknown, { components }: OpenApiDocument) {
  const { $ref } = responseShape.parse(part)
  const response = responseShape.parse($ref ? components?.responses?.[$ref.split('/').at(-1) ?? ''] : part)
  // The codes of problems follow the sentence as a list.
  const [sentence = ''] = response.description.split('\n')
  const codes = [...response.description.matchAll(/^- `(\w+)`/gm)].map(([, code = '']) => code)
  if (codes.length > 0)
    return html`${sentence} ${codes.map((code) => html`<a href="/problems/${code}"><code>${code}</code></a> `)}`
  const names = Object.values(response.content).flatMap(({ schema }) => namesIn(schema))
  return html`${sentence} ${[...new Set(names)].map((name) => html`<a href="#schema-${name}">${name}</a> `)}`
}

/** The components that a schema refers to. */
function namesIn(schema: unknown): string[] {
  const text = JSON.stringify(schema ?? {})
  return [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? '')
}

function json(value: unknown) {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`
}
