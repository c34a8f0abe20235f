import { z } from 'zod'
import { action } from '../action.ts'
import { bodyOf, habitSchema, perform, read } from '../client.ts'
import { pageView, parkedView } from '../views.ts'
import { readPages } from './reads.ts'

const client = { client: habitSchema }
/** Which customer of the shop. */
const ofCustomer = z.strictObject({ ...client, of: z.int() })

const lists = ['orders', 'customers', 'products', 'payments', 'deliveries', 'promotions'] as const
const contexts = ['order', 'payment', 'inventory', 'customer'] as const
const deadLetterFolders = ['refused/', 'undelivered/', 'unprojected/'] as const
/** The most pages, and parked effects, that are looked at in one step. */
const MAX_PAGES = 3

/** What staff does to customers, to the flow of events and to the lists. */
export const staffActions = {
  suspend: action(ofCustomer, async (actor, { client: habit, of }) => {
    const id = actor.shop.customer(of)
    if (id === undefined) return
    const command = {
      method: 'POST',
      path: `/customers/${id}/suspend`,
      body: { reason: 'unpaid bills' },
      token: actor.staffToken('operator'),
    } as const
    await perform(actor, command, habit)
  }),

  erase: action(ofCustomer, async (actor, { client: habit, of }) => {
    const id = actor.shop.customer(of)
    if (id === undefined) return
    const token = actor.staffToken('operator')
    await perform(actor, { method: 'DELETE', path: `/customers/${id}`, token }, habit)
  }),

  /** Reads a list page by page, while it changes. */
  readList: action(
    z.strictObject({
      list: z.enum(lists),
      limit: z.int(),
      /** A filter that the list has: `status=confirmed`. */
      filter: z.string().optional(),
    }),
    async (actor, { list, limit, filter }) => {
      const query = filter === undefined ? '' : `&${filter}`
      await readPages(actor, `/${list}?limit=${limit}${query}`, actor.staffToken('operator'), MAX_PAGES)
    },
  ),

  /** Reads the history of an order. */
  readHistory: action(z.strictObject({ of: z.int() }), async (actor, { of }) => {
    const id = actor.order(of)
    if (id === undefined) return
    await read(actor, pageView, `/orders/${id}/events?limit=100`, actor.staffToken('operator'))
  }),

  retryParked: action(z.strictObject({}), async (actor) => {
    const token = actor.staffToken('ops')
    const parked = await read(actor, parkedView, '/ops/parked?limit=10', token)
    for (const { id } of parked?.data.slice(0, MAX_PAGES) ?? [])
      await perform(actor, { method: 'POST', path: `/ops/parked/${id}/retry`, token }, 'careless')
  }),

  retryDeadLetters: action(
    z.strictObject({ folder: z.enum(deadLetterFolders) }),
    async (actor, { folder: prefix }) => {
      const token = actor.staffToken('ops')
      await read(actor, pageView, '/ops/set-aside?limit=10', token)
      const command = { method: 'POST', path: '/ops/set-aside/retry', body: { prefix }, token } as const
      await perform(actor, command, 'careless')
    },
  ),

  /** Retries dead letters of a folder, and looks whether they are gone; once more a while later if not. */
  clearDeadLetters: action(
    z.strictObject({ folder: z.enum(deadLetterFolders), againMs: z.int() }),
    async (actor, { folder: prefix, againMs }) => {
      const token = actor.staffToken('ops')
      for (const pause of [0, againMs]) {
        await actor.wait(pause)
        const found = await read(actor, pageView, `/ops/set-aside?prefix=${prefix}&limit=10`, token)
        if (!found || found.data.length === 0) return
        const command = { method: 'POST', path: '/ops/set-aside/retry', body: { prefix }, token } as const
        await perform(actor, command, 'careless')
      }
    },
  ),

  /** Sends events again: of a context, or of one order; to the usual place, or to a target of their own. */
  replay: action(
    z.strictObject({
      ...client,
      context: z.enum(contexts).nullable(),
      of: z.int(),
      target: z.string().nullable(),
      /** Leaves out what is newer than so long (ms). */
      olderThan: z.int(),
    }),
    async (actor, { client: habit, context, of, target, olderThan }) => {
      const order = actor.order(of)
      if (context === null && order === undefined) return
      const body = {
        ...(context === null ? { aggregateIds: [order] } : { context }),
        ...(target !== null && { target }),
        ...(olderThan > 0 && { to: new Date(actor.outside.now() - olderThan).toISOString() }),
      }
      const token = actor.staffToken('ops')
      const [answer] = await perform(actor, { method: 'POST', path: '/ops/replay', body, token }, habit)
      const replay = bodyOf(z.looseObject({ id: z.string() }), answer)
      if (replay) await read(actor, z.unknown(), `/ops/replay/${replay.id}`, token)
    },
  ),

  rebuild: action(z.strictObject({}), async (actor) => {
    const token = actor.staffToken('ops')
    await perform(actor, { method: 'POST', path: '/ops/projections/rebuild', token }, 'careless')
    await read(actor, z.unknown(), '/ops/projections', token)
  }),

  readForwarding: action(z.strictObject({}), async (actor) => {
    await read(actor, z.unknown(), '/ops/delivery', actor.staffToken('ops'))
  }),
}
