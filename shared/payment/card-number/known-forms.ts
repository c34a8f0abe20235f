/** E.164: a plus, then at most 15 digits; spaces, dashes, dots, slashes and brackets may separate them. */
const PHONE = /^\+(?:[ ()./-]{0,3}[0-9]){7,15}$/
/** The tracking numbers on carriers' labels. */
const TRACKING_NUMBER = /^[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){0,49}$/

const forms: Readonly<Record<string, (text: string) => boolean>> = {
  phone: (text) => PHONE.test(text),
  sku: isGtin,
  skus: isGtin,
  // In events: a product and its stock are named by their SKU.
  subject: isGtin,
  aggregateIds: isGtin,
  trackingNumber: (text) => TRACKING_NUMBER.test(text),
}

/**
 * Whether a field (by its name in a body or a query) has its expected form, which may look like a card
 * number: a telephone number in E.164, a SKU that is a barcode (GTIN), a tracking number.
 */
export function isKnownForm(field: string, text: string): boolean {
  return Object.hasOwn(forms, field) && forms[field]?.(text.trim()) === true
}

/** GTIN-8, -12, -13 or -14 with its check digit (GS1 General Specifications, 7.9). */
function isGtin(text: string): boolean {
  if (!/^(?:\d{8}|\d{12,14})$/.test(text)) return false
  const sum = [...text]
    .reverse()
    .reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return sum % 10 === 0
}
