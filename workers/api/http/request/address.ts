import { textFault, textFaults } from '../../../../shared/core/text/text.ts'
import { containsCardNumber, findCardNumber } from '../../../../shared/payment/card-number/card-number.ts'
import { isKnownForm } from '../../../../shared/payment/card-number/known-forms.ts'
import type { ApiContext } from '../context.ts'
import { cardNumberRejected, invalidRequest, notFound, Problem, type ProblemError } from '../problems.ts'
import { parameterName } from './pointers.ts'
import { isPrintable } from './request-headers.ts'

/** Headers of which something is kept: with the command's record, on its events, in the log. */
const storedHeaders = ['Idempotency-Key', 'X-Request-Id', 'tracestate']
/** Collections whose members are named by SKU, which may be a barcode. */
const namedBySku = ['products', 'inventory', 'items']

/** Why nothing is looked for at an address, as path, query and stored headers are; `null` where something may be. */
export function problemOfAddress(c: ApiContext): Problem | null {
  const { pathname, search, searchParams } = new URL(c.req.url)
  const path = decoded(pathname)
  if (path === null || decoded(search) === null)
    return new Problem('malformed_address', 'The address is not UTF-8 in percent-encoding.')
  // An id that cannot be one names nothing.
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

/** A SKU and the like may look like one. */
function pathHoldsCardNumber(pathname: string): boolean {
  const steps = pathname.split('/').map((step) => decoded(step) ?? '')
  const others = steps.filter(
    (step, index) => !(namedBySku.includes(steps[index - 1] ?? '') && isKnownForm('sku', step)),
  )
  return findCardNumber(others.join('/'))
}

/** Of other characters nothing is kept. */
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
