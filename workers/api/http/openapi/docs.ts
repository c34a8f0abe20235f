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
    html`<h2 id="${name}">${name}</h2><p>${description}</p>${operations.map((one) => section(one))}`,
)}
<h2 id="schemas">schemas</h2>
${schemas.map(([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>${json(schema)}</details>`)}`,
  )
}

function section({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const { operationId, summary, description, parameters = [], requestBody, responses = {} } = operation
  return html`<details id="${operationId}"><summary><code>${method.toUpperCase()} ${path}</code> ${summary}</summary>
<p class="quiet"><code>${operationId}</code> · ${audience(operation)}</p>
${description ? html`<p>${description}</p>` : ''}
${parameters.length > 0 ? html`<p>Parameters</p><ul>${parameters.map((parameter) => html`<li>${parameterText(parameter)}</li>`)}</ul>` : ''}
${requestBody && 'content' in requestBody ? html`<p>Body</p>${json(requestBody.content['application/json']?.schema)}` : ''}
<table>${Object.entries(responses).map(([status, response]) => html`<tr><td>${status}</td><td>${responseText(response)}</td></tr>`)}</table>
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

interface ResponseText {
  readonly $ref?: string
  readonly description?: string
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>
}

function responseText(response: ResponseText) {
  const names = Object.values(response.content ?? {}).flatMap(({ schema }) => namesIn(schema))
  if (response.$ref) return html`<a href="#schema-Problem">Problem</a>`
  return html`${response.description ?? ''} ${[...new Set(names)].map((name) => html`<a href="#schema-${name}">${name}</a> `)}`
}

/** The components that a schema refers to. */
function namesIn(schema: object | undefined): string[] {
  const text = JSON.stringify(schema ?? {})
  return [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? '')
}

function json(value: unknown) {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`
}
