import { z } from 'zod'
import { action } from '../action.ts'
import type { Actor } from '../actor.ts'
import { bodyOf, habitSchema, perform, read } from '../client.ts'
import { markerOf } from '../markers.ts'
import { createdView, sessionView, tokenView, versionView } from '../views.ts'

/** How long a client looks for a mail, and how often (ms). */
const MAIL = { patienceMs: 30_000, pauseMs: 1_500 } as const
const client = { client: habitSchema }
const byHabit = z.strictObject(client)

/** Registration, log-in and profile. */
export const customerActions = {
  register: action(
    z.strictObject({
      ...client,
      number: z.int(),
      disposable: z.boolean(),
      consent: z.boolean(),
      upper: z.boolean(),
    }),
    async (actor, { client: habit, number, disposable, consent, upper }) => {
      const email = emailOf(number, disposable, upper)
      const body = {
        email,
        name: `Ada ${markerOf(number)}`,
        birthDate: '1990-12-10',
        marketingConsent: consent,
      }
      const command = {
        method: 'POST',
        path: '/customers',
        body,
        otherBody: { ...body, birthDate: '1991-12-10' },
      } as const
      const [answer] = await perform(actor, command, habit)
      const created = bodyOf(createdView, answer)
      if (!created) return
      actor.person = { number, id: created.id, email }
    },
  ),

  /** Verifies the address with the token of the newest mail. A client without a mail asks for another one. */
  verify: action(byHabit, async (actor, { client: habit }) => {
    const { person } = actor
    if (!person) return
    if (!(await mailedTo(actor, person.email, tokenFor(person.id))))
      await perform(actor, { method: 'POST', path: `/customers/${person.id}/resend-verification` }, 'plain')
    // Of registrations that were sent twice, the last one has the address.
    const own = await mailedTo(actor, person.email, tokenFor(person.id))
    const newest = await mailedTo(actor, person.email, tokenFor())
    for (const [, token, id] of [own ?? [], newest ?? []]) {
      if (token === undefined || id === undefined) continue
      const command = { method: 'POST', path: `/customers/${id}/verify-email`, body: { token } } as const
      const [answer] = await perform(actor, command, habit)
      const verified = bodyOf(tokenView, answer)
      if (verified) {
        actor.person = { ...person, id, token: verified.accessToken }
        if (!actor.shop.customers.includes(id)) actor.shop.customers.push(id)
        return
      }
      if (newest?.[2] === id) return
    }
  }),

  /** Asks for another verification mail before the address is verified; earlier tokens stop working. */
  resendVerification: action(byHabit, async (actor, { client: habit }) => {
    if (!actor.person) return
    const path = `/customers/${actor.person.id}/resend-verification`
    await perform(actor, { method: 'POST', path }, habit)
  }),

  logIn: action(
    z.strictObject({ ...client, wrongFirst: z.boolean() }),
    async (actor, { client: habit, wrongFirst }) => {
      const { person } = actor
      if (!person?.token) return
      const begin = { method: 'POST', path: '/sessions', body: { email: person.email } } as const
      const session = bodyOf(sessionView, (await perform(actor, begin, 'keyed'))[0])
      const code = (await mailedTo(actor, person.email, logInCode))?.[1]
      if (!session || code === undefined) return
      const { sessionId } = session
      const complete = (digits: string) =>
        ({ method: 'POST', path: '/sessions/complete', body: { sessionId, code: digits } }) as const
      if (wrongFirst) await perform(actor, complete(code === '000000' ? '000001' : '000000'), 'keyed')
      const token = bodyOf(tokenView, (await perform(actor, complete(code), habit))[0])
      if (token) actor.person = { ...person, token: token.accessToken }
    },
  ),

  updateProfile: action(
    z.strictObject({ ...client, street: z.int() }),
    async (actor, { client: habit, street }) => {
      const { person } = actor
      if (!person?.token) return
      const { id, token, number } = person
      const body = {
        name: `Ada King ${markerOf(number)}`,
        phone: `+1 503 555 01${String(street % 100).padStart(2, '0')} (${markerOf(number)})`,
        addresses: [addressOf(number, street)],
      }
      const otherBody = { ...body, name: `Augusta ${markerOf(number)}` }
      const version = async () => (await read(actor, versionView, `/customers/${id}`, token))?.version
      await perform(
        actor,
        { method: 'PATCH', path: `/customers/${id}`, body, otherBody, token, version },
        habit,
      )
    },
  ),

  readSelf: action(z.strictObject({}), async (actor) => {
    const { id, token } = actor.person ?? {}
    if (id !== undefined && token !== undefined) await read(actor, versionView, `/customers/${id}`, token)
  }),

  eraseSelf: action(byHabit, async (actor, { client: habit }) => {
    const { id, token } = actor.person ?? {}
    if (id === undefined || token === undefined) return
    await perform(actor, { method: 'DELETE', path: `/customers/${id}`, token }, habit)
  }),
}

/** Finds the token and the customer's id; of one customer, or of anyone. */
function tokenFor(id = 'cus_[0-9a-f-]+'): RegExp {
  return new RegExp(`with the token below[^\\n]*\\n+\\s*(\\S+)\\s+Your customer number is (${id})\\.`)
}

const logInCode = /This is your code to log in:\s+(\d{6})\s/
const welcomeCode = /Enter this code in your cart:\s+(\S+)\s/

/** The code of the customer's own promotion, once its mail is there. */
export async function welcomeCodeOf(actor: Actor): Promise<string | undefined> {
  if (!actor.person) return undefined
  return (await mailedTo(actor, actor.person.email, welcomeCode))?.[1]
}

/** What a pattern finds in the newest mail to an address that has it. */
async function mailedTo(
  actor: Actor,
  address: string,
  pattern: RegExp,
): Promise<RegExpExecArray | undefined> {
  for (let waited = 0; waited <= MAIL.patienceMs; waited += MAIL.pauseMs) {
    const mail = mailsTo(actor, address).findLast(({ text }) => pattern.test(text))
    const found = mail && pattern.exec(mail.text)
    if (found) return found
    await actor.wait(MAIL.pauseMs)
  }
  return undefined
}

/** However the address is written. */
function mailsTo({ outside }: Actor, address: string) {
  const normalised = address.toLowerCase()
  const spellings = address === normalised ? [address] : [normalised, address]
  return spellings
    .flatMap((spelling) => outside.mailsTo(spelling))
    .toSorted((one, other) => one.at - other.at)
}

function emailOf(number: number, disposable: boolean, upper: boolean): string {
  const local = upper ? markerOf(number).toUpperCase() : markerOf(number).toLowerCase()
  return `${local}@${disposable ? 'mailinator.com' : 'shop.example'}`
}

/** A postal address of a customer in the USA. */
export function addressOf(number: number, street = 12) {
  return {
    name: `Ada ${markerOf(number)}`,
    line1: `${street} ${markerOf(number)} Way`,
    city: 'Portland',
    region: 'OR',
    postalCode: '97201',
    country: 'US',
  }
}
