import type { SentMail } from '../world.ts'

// What a customer takes from a mail; `null` where it has none. The text is that of the product's templates.

/** The token that verifies an address. */
export function tokenIn(mail: SentMail): string | null {
  return mail.subject === 'Please verify your e-mail address' ? shownIn(mail) : null
}

/** The code to log in. */
export function codeIn(mail: SentMail): string | null {
  return mail.subject === 'Your log-in code' ? shownIn(mail) : null
}

/** The promotion code of a welcome or of an offer. */
export function promotionCodeIn(mail: SentMail): string | null {
  return /^(Welcome to Petrel|We have missed you):/.test(mail.subject) ? shownIn(mail) : null
}

/** The tracking number of a parcel. */
export function trackingNumberIn(mail: SentMail): string | null {
  return / is on its way$/.test(mail.subject) ? shownIn(mail) : null
}

export function customerIdIn({ text }: SentMail): string | null {
  return /^Your customer number is (cus_[\w-]+)\.$/m.exec(text)?.[1] ?? null
}

/** The order that a mail is about. */
export function orderIdIn({ text }: SentMail): string | null {
  return /\bord_[\w-]+/.exec(text)?.[0] ?? null
}

/** The product that is to be reviewed. */
export function skuIn({ text }: SentMail): string | null {
  return /^Product: (\S+)$/m.exec(text)?.[1] ?? null
}

/** What a mail sets off from its text: one line, indented. */
function shownIn({ text }: SentMail): string | null {
  return /^ {4}(\S.*)$/m.exec(text)?.[1] ?? null
}
