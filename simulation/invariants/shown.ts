import { z } from 'zod'
import type { Answered } from './requests.ts'

/** An aggregate in an answer: the answer itself, or an entry of a list. */
export const resource = z.looseObject({ id: z.string(), version: z.int() })
export type Resource = z.infer<typeof resource>
const page = z.looseObject({ data: z.array(z.unknown()) })
const verified = z.looseObject({ customer: resource })

/** What an answer shows: the entries of a list, the customer beside an access token, or its body. */
export function entriesIn({ answer: { body } }: Answered): readonly unknown[] {
  const list = page.safeParse(body).data?.data
  if (list) return list
  const customer = verified.safeParse(body).data?.customer
  return [customer ?? body]
}

/** The aggregates that an answer shows. */
export function resourcesIn(exchange: Answered): Resource[] {
  return entriesIn(exchange).flatMap((entry) => resource.safeParse(entry).data ?? [])
}
