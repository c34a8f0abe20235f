import { quantityBySku } from '../../shared/core/quantity.ts'
import { instantOf } from '../../shared/core/time.ts'
import { holderOf } from '../../shared/email-address/state.ts'
import { always, atRest, finding, grouped } from './invariant.ts'
import { stateOf, streamsOf } from './streams.ts'

export const oneCustomerPerAddress = always(
  'one customer per e-mail address',
  'No two customers who can log in have the same address, in whatever case it is written.',
  function* (inspection) {
    const active = [...streamsOf(inspection).customer.values()].flatMap((stream) => {
      const state = stateOf(stream)
      const isActive = state?.status === 'active' || state?.status === 'suspended'
      return isActive ? [{ name: stream.name, email: state.email }] : []
    })
    for (const [, same] of grouped(active, ({ email }) => email.normalize('NFKC').toLowerCase()))
      if (same.length > 1)
        yield finding(
          `${same.map(({ name, email }) => `${name} (${email})`).join(' and ')} have the same address.`,
          ...same.map(({ name }) => name),
        )
  },
)

export const addressesAreHeld = atRest(
  'customers and addresses agree',
  'The address of an active customer is confirmed as theirs, and no address belongs to a customer who is erased.',
  function* (inspection) {
    const { customer, email_address: addresses } = streamsOf(inspection)
    const now = instantOf(inspection.now)
    for (const stream of customer.values()) {
      const state = stateOf(stream)
      if (state?.status !== 'active' && state?.status !== 'suspended') continue
      const address = stateOf(addresses.get(state.emailHash) ?? { entries: [] })
      if (holderOf(address, now) !== stream.id || address?.status !== 'confirmed')
        yield finding(
          `${stream.name} is ${state.status}, but its address ${state.emailHash} is ${JSON.stringify(address)}.`,
          stream.name,
          `email_address/${state.emailHash}`,
        )
    }
    for (const stream of addresses.values()) {
      const holder = holderOf(stateOf(stream), now)
      const status = holder === null ? null : stateOf(customer.get(holder) ?? { entries: [] })?.status
      if (holder !== null && (status === undefined || status === 'erased'))
        yield finding(
          `${stream.name} belongs to the customer ${holder}, who is ${status ?? 'unknown'}.`,
          stream.name,
          `customer/${holder}`,
        )
    }
  },
)

export const reviewsOfBuyers = always(
  'reviews are of buyers',
  'There is one review for an order and a SKU, by its buyer, and only of what was delivered.',
  function* (inspection) {
    const { review, order } = streamsOf(inspection)
    // One without an event has only refused.
    const streams = [...review.values()].filter(({ entries }) => entries.length > 0)
    const bySubject = grouped(streams, (stream) =>
      JSON.stringify([stateOf(stream)?.orderId, stateOf(stream)?.sku]),
    )
    for (const [subject, same] of bySubject)
      if (same.length > 1)
        yield finding(`There are ${same.length} reviews of ${subject}.`, ...same.map(({ name }) => name))
    for (const { name, entries } of streams) {
      const submitted = entries.find(({ event }) => event.type === 'ReviewSubmitted')
      if (!submitted) continue
      const { orderId, customerId, sku } = submitted.state
      const reviewed = order.get(orderId)
      const delivered = reviewed?.entries.find(({ event }) => event.type === 'OrderDelivered')
      const owned = reviewed && stateOf(reviewed)
      const isOwn =
        owned?.customerId === customerId &&
        quantityBySku(owned.pricing.lines).some(([ordered]) => ordered === sku)
      if (!delivered || delivered.time > submitted.time || !isOwn)
        yield finding(
          `${name} was submitted at ${submitted.time} for ${sku} of the order ${orderId}, which is ` +
            `${owned?.status ?? 'unknown'}, was delivered at ${delivered?.time ?? 'no time'}, and belongs to ${owned?.customerId ?? 'nobody'}.`,
          name,
          `order/${orderId}`,
        )
    }
  },
)
