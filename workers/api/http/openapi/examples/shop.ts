/** The shop of the examples: what several of them name. A day in it, from the product to its review. */

const id = (prefix: string, number: string) => `${prefix}_01939a2e-7a50-7c1e-9d54-0a5f7e0a3c${number}`

/** Where the shop is reached: `PUBLIC_URL`. */
export const origin = 'https://shop.example'

export const customerId = id('cus', '01')
export const cartId = id('crt', '02')
export const guestCartId = id('crt', '03')
export const orderId = id('ord', '04')
export const paymentId = id('pay', '05')
export const deliveryId = id('dlv', '06')
export const reviewId = id('rev', '07')

export const mug = { sku: 'MUG-BLUE', name: 'Blue mug' }
export const tea = { sku: 'TEA-EARL-GREY', name: 'Earl Grey, 100 g' }
export const promotionCode = 'SPRING10'

/** An amount in minor units of US dollars. */
export const usd = (amount: number) => ({ amount, currency: 'USD' })

/** A time on the day of the order, or some days later. */
export const at = (time: string, day = '02') => `2026-03-${day}T${time}:00.000Z`

export const address = {
  name: 'Ada Lovelace',
  line1: '1 Analytical Way',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
}

/** Lines of a request. */
export const basket = [
  { sku: mug.sku, quantity: 2 },
  { sku: tea.sku, quantity: 1 },
]

/** A token whose parts are not those of a real one. */
export const accessToken = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjdXNfMDE5MzlhMmUifQ.c2lnbmF0dXJl'
export const trackingNumber = 'SBX0001939A2E'
