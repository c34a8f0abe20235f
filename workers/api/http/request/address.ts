import { textFault, textFaults } from '../../../../shared/core/text/text.ts'
import { containsCardNumber, findCardNumber } from '../../../../shared/payment/card-number/card-number.ts'
import { isKnownForm } from '../../../../shared/payment/card-number/known-forms.ts'
import type { ApiContext } from '../context.ts'
import { cardNumberRejected, invalidRequest, notFound, Problem, type ProblemError } from '../problems.ts'
import { parameterName } from './pointers.ts'
import { isPrintable } from './request-headers.ts'

/** Headers whose values are stored: in the command's record, in events, in the log. */
const storedHeaders = ['Idempotency-Key', 'X-Request-Id', 'tracestate']
/** Collections whose members are named by SKU, which can be a barcode. */
const namedBySku = ['products', 'inventory', 'items']

/** The problem of a request whose path, query or stored headers are malformed or hold a card number; else `null`. */
export function problemOfAddress(c: ApiContext): Problem | null {
  const { pathname, search, searchParams } = new URL(c.req.url)
  const path = decoded(pathname)
  if (path === null || decoded(search) === null)
    return new Problem('malformed_address', 'The address is not UTF-8 in percent-encoding.')
  // A malformed id cannot name anything.
  if (textFault(path)) return notFound('Nothing can have this name.')
  const errors = [...searchParams].flatMap(([name, value]): ProblemError[] => {
    const fault = textFault(name) ?? textFault(value)
    return fault ? [{ parameter: parameterName([name]), code: fault, detail: textFaults[fault] }] : []
  })
  if (errors.length > 0) return invalidRequest(...errors)
  return pathHoldsCardNumber(pathname) ||
    [...searchParams].some(([name, value]) => containsCardNumber({ [name]: value })) ||
    storedHeaders.some((name) => headerHoldsCardNumber(c.req.header(name) ?? ''))
    ? cardNumberRejected()
    : null
}

/** Ignores SKUs, which can look like a card number. */
function pathHoldsCardNumber(pathname: string): boolean {
  const steps = pathname.split('/').map((step) => decoded(step) ?? '')
  const others = steps.filter(
    (step, index) => !(namedBySku.includes(steps[index - 1] ?? '') && isKnownForm('sku', step)),
  )
  return findCardNumber(others.join('/'))
}

/** Headers with other characters are not stored. */
function headerHoldsCardNumber(field: string): boolean {
  return isPrintable(field) && findCardNumber(field)
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
