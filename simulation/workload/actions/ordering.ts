import { z } from 'zod'
import type { HttpAnswer } from '../../world.ts'
import type { Actor } from '../actor.ts'
import { bodyOf, read } from '../client.ts'
import { codes } from '../shop.ts'
import { type OrderView, orderView } from '../views.ts'
import { addressOf, welcomeCodeOf } from './customers.ts'

/** How a customer wants to pay and to be served; the input of every action that places an order. */
export const terms = {
  /** Codes, separated by commas; see `codes`. */
  codes: z.string(),
  /** The gateway's token; `null`: by invoice. */
  method: z.string().nullable(),
  /** Seconds; 0: the answer is sent at once. */
  wait: z.int(),
  points: z.int(),
  skipInvalid: z.boolean(),
  service: z.enum(['standard', 'express']).nullable(),
}
type Terms = z.infer<z.ZodObject<typeof terms>>

/** The body of a checkout by these terms, without lines. */
export async function checkoutBodyOf(actor: Actor, number: number, asked: Terms) {
  const promotionCodes = await codesOf(actor, asked.codes)
  return {
    shippingAddress: addressOf(number),
    ...(promotionCodes.length > 0 && { promotionCodes }),
    ...(asked.method !== null && { paymentMethod: asked.method }),
    ...(asked.points > 0 && { redeemPoints: asked.points }),
    ...(asked.skipInvalid && { skipInvalidPromotions: true }),
    ...(asked.service !== null && { shippingService: asked.service }),
  }
}

/** The codes of a list; the welcome code is looked up in the customer's mails. */
export async function codesOf(actor: Actor, list: string): Promise<string[]> {
  const found: string[] = []
  for (const name of list.split(',').filter((one) => one !== '')) {
    const code = name === codes.welcome ? await welcomeCodeOf(actor) : name
    if (code !== undefined) found.push(code)
  }
  return found
}

/** Lines of `HOT:2,PAIR:1`. */
export function linesOf(list: string): { sku: string; quantity: number }[] {
  return list.split(',').map((line) => {
    const [sku = '', quantity = '1'] = line.split(':')
    return { sku, quantity: Number(quantity) }
  })
}

/** Remembers the orders that were answered. */
export function rememberOrders(actor: Actor, answers: readonly HttpAnswer[]): void {
  for (const answer of answers) {
    const order = bodyOf(orderView, answer)
    if (order) actor.addOrder(order)
  }
}

/** One of the orders as staff sees it. */
export async function staffOrder(actor: Actor, pick: number): Promise<OrderView | undefined> {
  const id = actor.order(pick)
  if (id === undefined) return undefined
  const order = await read(actor, orderView, `/orders/${id}`, actor.staffToken('operator'))
  if (order) actor.shop.seeOrder(order)
  return order
}
