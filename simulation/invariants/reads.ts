import { z } from 'zod'
import { always, finding } from './invariant.ts'
import { type Answered, answered, customerOf, isSuccess, kindOf, nameOf, pathOf } from './requests.ts'
import { entriesIn, resourcesIn } from './shown.ts'

const owned = z.looseObject({ id: z.string(), customerId: z.string() })

export const freshReads = always(
  'a read sees what was acknowledged before',
  'A read of an aggregate that begins after an answer has shown a version of it shows this version, or a newer one.',
  function* ({ exchanges }) {
    const all = answered(exchanges).filter(({ answer }) => isSuccess(answer))
    const byEnd = all.toSorted((one, other) => one.answeredAt - other.answeredAt)
    const byStart = all.filter(isCurrentRead).toSorted((one, other) => one.sentAt - other.sentAt)
    const newest = new Map<string, { version: number; shownBy: Answered }>()
    let next = 0
    for (const read of byStart) {
      for (let shown = byEnd[next]; shown && shown.answeredAt < read.sentAt; shown = byEnd[++next])
        for (const { name, version } of versionsIn(shown))
          if (version > (newest.get(name)?.version ?? 0)) newest.set(name, { version, shownBy: shown })
      for (const { name, version } of versionsIn(read)) {
        const known = newest.get(name)
        if (known && version < known.version)
          yield finding(
            `${nameOf(read)} shows version ${version} of ${name}, after ${nameOf(known.shownBy)} had shown version ${known.version}.`,
            name,
          )
      }
    }
  },
)

export const ownDataOnly = always(
  'customers see what is theirs',
  'No answer to a customer has an order, a payment or a delivery of another customer.',
  function* ({ exchanges }) {
    for (const exchange of answered(exchanges)) {
      const customerId = customerOf(exchange)
      if (customerId === null || !isSuccess(exchange.answer)) continue
      for (const entry of entriesIn(exchange)) {
        const shown = owned.safeParse(entry).data
        if (!shown || shown.customerId === customerId) continue
        const name = `${kindOf(exchange, shown.id)}/${shown.id}`
        yield finding(
          `${nameOf(exchange)} shows ${name}, which is of ${shown.customerId}, to ${customerId}.`,
          name,
        )
      }
    }
  },
)

/** Whether it reads one aggregate as it is now: not an earlier version, a list, or a history. */
function isCurrentRead(exchange: Answered): boolean {
  const { method, path } = exchange.request
  return method === 'GET' && !/[?&]version=/.test(path) && /^\/v1\/\w+\/[^/]+$/.test(pathOf(exchange))
}

function versionsIn(exchange: Answered): { name: string; version: number }[] {
  return resourcesIn(exchange).flatMap(({ id, version }) => {
    const kind = kindOf(exchange, id)
    return kind === undefined ? [] : [{ name: `${kind}/${id}`, version }]
  })
}
