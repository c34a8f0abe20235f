import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { z } from 'zod'
import { newId } from '../../../shared/core/ids.ts'
import { readModels } from '../../read-models/models.ts'
import { writeRows } from '../../read-models/project.ts'
import { app } from '../app.ts'
import type { Scope } from './auth/caller.ts'
import { tokenOf as tokenOfCaller } from './request.fixture.ts'

/** A longer walk would never end. */
const MAX_PAGES = 50
const WRITE_TIMEOUT_MS = 60_000
const pageSchema = z.object({ data: z.array(z.looseObject({})), nextCursor: z.string().nullable() })

/** A response: the body as JSON, and the path of the next page from Link. */
export interface Listed {
  readonly status: number
  readonly body: unknown
  readonly next: string | null
}

/** A caller's token; a customer's names the customer. */
export function tokenOf(scope: Scope, subject = `test-${scope}`): Promise<string> {
  return tokenOfCaller([subject, scope])
}

/** Sends one request to a path under /v1. */
export async function send(
  path: string,
  { token, method = 'GET' }: { token?: string; method?: string } = {},
): Promise<Listed> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const response = await app.request(`/v1${path}`, { method, headers }, env, createExecutionContext())
  const link = response.headers.get('Link')
  return {
    status: response.status,
    body: await response.json(),
    next: link === null ? null : (/^<\/v1([^>]+)>; rel="next"$/.exec(link)?.[1] ?? `not a link: ${link}`),
  }
}

/** The entries of a page; any other answer fails. */
export async function entriesOf(path: string, token?: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await send(path, token === undefined ? {} : { token })
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`)
  return pageSchema.parse(body).data
}

/** All entries of a list, page by page along Link; `between` runs after each page. */
export async function walk(path: string, token: string, between = async (_page: number) => {}) {
  const entries: Record<string, unknown>[] = []
  let next: string | null = path
  for (let page = 1; next !== null; page += 1) {
    if (page > MAX_PAGES) throw new Error(`the list has no end: ${next}`)
    const listed: Listed = await send(next, { token })
    const { data, nextCursor } = pageSchema.parse(listed.body)
    if ((nextCursor === null) !== (listed.next === null)) throw new Error('body and Link disagree')
    entries.push(...data)
    next = listed.next
    await between(page)
  }
  return entries
}

/** Puts rows into a table, as consumers do; each has an id of its own unless it names one. */
export async function insert(table: string, items: readonly Record<string, unknown>[]): Promise<void> {
  const [kind] = [...readModels].find(([, model]) => model.table === table) ?? []
  if (kind === undefined) throw new Error(`there is no list ${table}`)
  const rows = items.map((fields) => {
    const item = { id: newId('ord'), createdAt: '2026-03-01T12:00:00.000Z', ...fields }
    return { stream: { kind, id: item.id }, version: 1, listing: JSON.stringify(item) }
  })
  await writeRows(env, rows, WRITE_TIMEOUT_MS)
}
