import { hasEnded, isFinal } from '../../shared/order/state.ts'
import { customersNamedIn, markerOf } from '../workload/markers.ts'
import type { Inspection, StoredObject } from '../world.ts'
import { always, atRest, finding } from './invariant.ts'
import { stateOf, streamsOf } from './streams.ts'

/** A signed access token, wherever it stands. */
const ACCESS_TOKEN = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/
/** One-time secrets as mails have them: tokens, and codes on a line of their own. */
const ONE_TIME_TOKEN = /(?<![\w-])[\w-]{43}(?![\w-])/g
const FOUND_BY_SEARCH = 'SELECT rowid FROM customers_search WHERE customers_search MATCH ?'
const ONE_TIME_CODE = /(?<![\w-])\d{6}(?![\w-])/g

export const nothingPersonalAtSink = always(
  'nothing personal at a sink',
  'No event that leaves the shop has personal data or a secret in it.',
  function* (inspection) {
    const secrets = secretsIn(inspection, [ONE_TIME_TOKEN])
    for (const { text } of inspection.arrivals) {
      const [customer] = customersNamedIn(text)
      if (customer !== undefined)
        yield finding(`The sink has personal data of the customer ${markerOf(customer)}: ${text}`)
      const secret = secrets.find((one) => text.includes(one))
      if (secret !== undefined) yield finding(`The sink has a one-time secret of a mail: ${text}`)
    }
  },
)

export const nothingPersonalInErrors = always(
  'nothing personal in the log of errors',
  'No error line has personal data, an access token, or a one-time secret in it.',
  function* (inspection) {
    if (inspection.errors.length === 0) return
    const secrets = secretsIn(inspection, [ONE_TIME_TOKEN, ONE_TIME_CODE])
    for (const line of inspection.errors) {
      const [customer] = customersNamedIn(line)
      if (customer !== undefined)
        yield finding(`An error line has personal data of the customer ${markerOf(customer)}: ${line}`)
      const words = new Set(line.match(/[\w-]+/g))
      if (ACCESS_TOKEN.test(line) || secrets.some((one) => words.has(one)))
        yield finding(`An error line has an access token or a one-time secret: ${line}`)
    }
  },
)

export const nothingLeftOfErased = atRest(
  'nothing personal after an erasure',
  'Of an erased customer without orders under way, no table, list, or object of the bucket has any personal data.',
  function* (inspection) {
    const erased = erasedCustomers(inspection)
    if (erased.size === 0) return
    const leftIn = (text: string) => customersNamedIn(text).filter((customer) => erased.has(customer))
    for (const object of inspection.objects)
      for (const { table, text } of contents((query) => object.rows(query)))
        for (const customer of leftIn(text))
          yield finding(
            `${erased.get(customer)} is erased, but the table ${table} of ${object.className} ${object.name} still has ` +
              `${markerOf(customer)}: ${text}`,
            `${erased.get(customer)}`,
          )
    for (const { table, text } of contents((query) => inspection.database(query)))
      for (const customer of leftIn(text))
        yield finding(
          `${erased.get(customer)} is erased, but the table ${table} of the read database still has ${markerOf(customer)}: ${text}`,
          `${erased.get(customer)}`,
        )
    // The index stores words in a form of its own.
    for (const [customer, name] of erased)
      if (inspection.database(FOUND_BY_SEARCH, `"${markerOf(customer)}" *`).length > 0)
        yield finding(
          `${name} is erased, but the search of customers still finds ${markerOf(customer)}.`,
          name,
        )
    for (const { key, text } of inspection.bucket())
      for (const customer of leftIn(`${key} ${text}`))
        yield finding(
          `${erased.get(customer)} is erased, but the object ${key} of the bucket still has ${markerOf(customer)}.`,
          `${erased.get(customer)}`,
        )
  },
)

/** Erased customers by their markers; without those who have another account, or an order under way. */
function erasedCustomers(inspection: Inspection): ReadonlyMap<number, string> {
  const { customer, order } = streamsOf(inspection)
  const markers = markersOfCustomers(inspection)
  const erased = new Map<number, string>()
  const present = new Set<number>()
  for (const stream of customer.values()) {
    const state = stateOf(stream)
    const isUnderWay = [...order.values()].some((one) => {
      const owned = stateOf(one)
      return owned?.customerId === stream.id && !isFinal(owned) && !hasEnded(owned)
    })
    const isErased = state?.status === 'erased' && !isUnderWay
    const own = [...(markers.get(stream.id) ?? []), ...customersNamedIn(JSON.stringify(state))]
    for (const marker of own) {
      if (isErased) erased.set(marker, stream.name)
      else present.add(marker)
    }
  }
  for (const marker of present) erased.delete(marker)
  return erased
}

/** The markers of each customer, as their requests name them and answers call them by their id. */
function markersOfCustomers({ exchanges }: Inspection): ReadonlyMap<string, ReadonlySet<number>> {
  const markers = new Map<string, Set<number>>()
  for (const { request, answer } of exchanges) {
    const text = `${JSON.stringify(request.body ?? '')} ${JSON.stringify(answer?.body ?? '')}`
    const named = customersNamedIn(text)
    const ids = new Set(`${request.path} ${text}`.match(/cus_[0-9a-f-]{36}/g))
    const [marker] = named
    const [id] = ids
    // One of each: who is meant is certain.
    if (marker === undefined || id === undefined || named.length > 1 || ids.size > 1) continue
    markers.set(id, (markers.get(id) ?? new Set()).add(marker))
  }
  return markers
}

/** The rows of all tables, as JSON text; of a full-text index, those of the tables in which it is stored. */
function* contents(rows: StoredObject['rows']): Generator<{ table: string; text: string }> {
  for (const { name } of rows(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
  ))
    for (const row of rows(`SELECT * FROM "${name}"`))
      yield { table: String(name), text: JSON.stringify(row) }
}

function secretsIn({ mails }: Inspection, forms: readonly RegExp[]): string[] {
  return [...new Set(mails.flatMap(({ text }) => forms.flatMap((form) => text.match(form) ?? [])))]
}
