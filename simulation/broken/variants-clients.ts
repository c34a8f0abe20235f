import type { Variant } from './variant.ts'

const MAIL = 'durable-objects/adapters/mail.ts'

/** Of what clients read, and of what customers are mailed. */
export const clientVariants: readonly Variant[] = [
  {
    name: 'orders-of-everybody',
    promise: 'A list shows a customer only what is theirs.',
    patches: [
      {
        file: 'workers/api/order/routes.ts',
        find: "const owner = hasScope(caller, 'operator') ? customerId : (customerIdOf(caller) ?? '')",
        replace: "const owner = customerId ?? (hasScope(caller, 'operator') ? undefined : customerId)",
      },
    ],
  },
  {
    name: 'views-kept-by-the-worker',
    promise: 'A read shows at least what was acknowledged before.',
    patches: [
      {
        file: 'workers/api/http/views.ts',
        find: `  const view = await withTimeout(kind.object(c.env, id).read({}))
`,
        replace: `  const known = views.get(id) as AggregateView<State> | undefined
  const view = known ?? (await withTimeout(kind.object(c.env, id).read({})))
  if (view) views.set(id, view)
`,
      },
      {
        file: 'workers/api/http/views.ts',
        find: 'const historyPosition = z.tuple([z.int().min(0)])\n',
        replace: `const historyPosition = z.tuple([z.int().min(0)])
const views = new Map<string, unknown>()
`,
      },
    ],
  },
  {
    name: 'mail-taken-for-sent',
    promise: 'Each mail that an event causes is sent.',
    patches: [
      {
        file: MAIL,
        find: "  if (customer?.state.status === 'erased')",
        replace: "  if (template === 'order_shipped' || customer?.state.status === 'erased')",
      },
    ],
  },
  {
    name: 'mail-sent-twice',
    promise: 'A mail is sent again only if its answer may be lost.',
    patches: [
      {
        file: MAIL,
        find: '  return mailer.send(',
        replace: `  if (template === 'review_request')
    await mailer.send({ id: about.id, to: email, template, variables: all, sentAt: clock.now(), ...written })
  return mailer.send(`,
      },
    ],
  },
]
