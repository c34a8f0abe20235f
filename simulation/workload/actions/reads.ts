import { z } from 'zod'
import { action } from '../action.ts'
import type { Actor } from '../actor.ts'
import { read, untilAnswered } from '../client.ts'
import { skuNames } from '../shop.ts'
import { pageView, versionView } from '../views.ts'

/** The most pages that are looked at in one step. */
const MAX_PAGES = 2

/** Reads as a shop's pages make them: filtered lists, older versions, histories, and again what may not have changed. */
export const readActions = {
  /** A visitor looks through the products, and at one of them again. */
  browse: action(z.strictObject({ sku: z.enum(skuNames) }), async (actor, { sku }) => {
    await readPages(actor, '/products?status=active&limit=2', undefined)
    await readAgain(actor, `/products/${sku}`, undefined)
  }),

  /** A customer looks at their orders: those of a status, the newest as it was, and what has become of it. */
  readOwnOrders: action(
    z.strictObject({ status: z.enum(['confirmed', 'cancelled', 'awaiting_payment', 'completed']) }),
    async (actor, { status }) => {
      const token = actor.person?.token
      if (token === undefined) return
      await readPages(actor, `/orders?status=${status}&limit=1`, token)
      const id = actor.orders.at(-1)
      if (id === undefined) return
      await read(actor, versionView, `/orders/${id}?version=1`, token)
      await readPages(actor, `/orders/${id}/events?limit=3`, token)
    },
  ),

  /** Staff looks at an order again, at its first versions, and at its customer's orders. */
  readOrder: action(z.strictObject({ of: z.int(), version: z.int() }), async (actor, { of, version }) => {
    const id = actor.order(of)
    if (id === undefined) return
    const token = actor.staffToken('operator')
    await readAgain(actor, `/orders/${id}`, token)
    await read(actor, versionView, `/orders/${id}?version=${version}`, token)
    await readPages(actor, `/payments?orderId=${id}&limit=1`, token)
  }),
}

/** Reads a list from its beginning, page by page. */
export async function readPages(
  actor: Actor,
  path: string,
  token: string | undefined,
  most = MAX_PAGES,
): Promise<void> {
  let cursor: string | null | undefined = ''
  for (let page = 0; page < most && typeof cursor === 'string'; page += 1) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    cursor = (await read(actor, pageView, `${path}${from}`, token))?.nextCursor
  }
}

/** Reads a resource, and once more unless it is as it was. */
async function readAgain(actor: Actor, path: string, token: string | undefined): Promise<void> {
  const headers = { 'cf-connecting-ip': actor.address, ...(token && { authorization: `Bearer ${token}` }) }
  const request = { method: 'GET', path: `/v1${path}`, headers }
  const etag = (await untilAnswered(actor, request))?.headers.etag
  if (etag === undefined) return
  await untilAnswered(actor, { ...request, headers: { ...headers, 'if-none-match': etag } })
}
