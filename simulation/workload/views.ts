import { z } from 'zod'

const money = z.looseObject({ amount: z.int(), currency: z.string() })

/** The members of resources that clients read. */
export const createdView = z.looseObject({ id: z.string() })
export const versionView = z.looseObject({ version: z.int() })
export const orderView = z.looseObject({
  id: z.string(),
  version: z.int(),
  status: z.string(),
  total: money,
  lines: z.array(z.looseObject({ sku: z.string(), quantity: z.int() })),
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
})
export type OrderView = z.infer<typeof orderView>
export const paymentView = z.looseObject({
  id: z.string(),
  version: z.int(),
  status: z.string(),
  amount: money,
})
export const sessionView = z.looseObject({ sessionId: z.string() })
export const tokenView = z.looseObject({ accessToken: z.string() })
export const parkedView = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) })
export const pageView = z.looseObject({ data: z.array(z.unknown()), nextCursor: z.string().nullish() })
