const PREFIX = 'Zyx7q'
const DIGITS = 3
const MARKER = new RegExp(`${PREFIX}(\\d{${DIGITS}})`, 'gi')

/**
 * The text that each personal datum of a simulated customer contains: name, e-mail address, telephone number, street,
 * free text. An e-mail address has it in lower case. No marker is a part of another one.
 *
 * @throws RangeError for a number below 0 or above 999
 */
export function markerOf(customerNumber: number): string {
  if (!Number.isInteger(customerNumber) || customerNumber < 0 || customerNumber >= 10 ** DIGITS)
    throw new RangeError(`there is no customer ${customerNumber}`)
  return `${PREFIX}${String(customerNumber).padStart(DIGITS, '0')}`
}

/** The numbers of the customers of whom a text contains personal data, in any case of letters. */
export function customersNamedIn(text: string): number[] {
  return [...new Set([...text.matchAll(MARKER)].map(([, digits]) => Number(digits)))]
}
