import { z } from 'zod'
import { effectsOf } from '../../durable-objects/aggregate/journal/rehydration.ts'
import type { InjectedFault } from '../world.ts'
import { always, atRest, finding, grouped } from './invariant.ts'
import { everyStream, type Stream, stateOf, streamsOf } from './streams.ts'

const toCustomer = z.object({ customerId: z.string() })
/** What can make any object send a mail again. */
const ANYWHERE = /^(mailer |process crashed|evicted|background cut off|deployment|slow)/

export const promisedMails = atRest(
  'every mail is sent',
  'Each mail that an event causes is taken by the mail provider, unless its customer is erased or its effect has failed.',
  function* (inspection) {
    const sent = new Set(inspection.mails.map(({ id }) => id))
    const { customer } = streamsOf(inspection)
    for (const stream of everyStream(inspection)) {
      const failed = new Set(stream.failedEffects.map(({ id }) => id))
      for (const { id, type, customerId } of mailsOf(stream)) {
        if (sent.has(id) || failed.has(id)) continue
        if (stateOf(customer.get(customerId) ?? { entries: [] })?.status === 'erased') continue
        yield finding(`${stream.name}: the mail ${id} of ${type} was never sent.`, stream.name)
      }
    }
  },
)

export const mailsOnce = always(
  'a mail is sent once',
  'A mail is sent again only where its answer was lost, or the object that sent it crashed or left memory.',
  function* ({ mails, faults }) {
    for (const [id, same] of grouped(mails, (mail) => mail.id)) {
      const [first] = same
      if (first && same.length > 1 && !faults.some((fault) => explainsRepeat(fault, id)))
        yield finding(`The mail "${first.subject}" with the id ${id} was sent ${same.length} times.`)
    }
  },
)

/** The mails that the events of a log cause: their ids are those of their effects. */
function mailsOf({ aggregate, id, entries }: Stream): { id: string; type: string; customerId: string }[] {
  return entries.flatMap(({ event, state, time, version, trace }) => {
    const record = { version, type: event.type, data: event.data, time, trace }
    return effectsOf(aggregate.kind, aggregate.react(event, state, time, id), record, id).flatMap(
      (pending) => {
        const { effect } = pending
        if (effect.type !== 'call' || effect.port !== 'mailer') return []
        return [{ id: pending.id, type: event.type, ...toCustomer.parse(effect.input) }]
      },
    )
  })
}

/** `object crashed OrderObject/ord_…` explains a repeat of `ord_…/4#0`. */
function explainsRepeat({ kind, target }: InjectedFault, mailId: string): boolean {
  if (ANYWHERE.test(kind)) return true
  const name = target.slice(target.indexOf('/') + 1)
  return kind === 'object crashed' && name !== '' && mailId.includes(`${name}/`)
}
