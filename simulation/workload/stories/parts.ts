import type { Step } from '../../plan.ts'
import { codes, skus } from '../shop.ts'
import { habitOf, type Scene, type StepDraft, step } from './scene.ts'

/** Registers and verifies the story's customer. */
export function joining({ random, number }: Scene, disposable = false): StepDraft[] {
  const consent = random.chance(0.5)
  const client = random.chance(0.3) ? habitOf(random) : 'keyed'
  return [
    step('register', { client, number, disposable, consent, upper: random.chance(0.2) }),
    ...(random.chance(0.1) ? [step('resendVerification', { client: habitOf(random) })] : []),
    step('verify', { client: random.chance(0.3) ? habitOf(random) : 'keyed' }, random.between(0, 1_500)),
    // The address in another spelling, and the token once more: both are refused.
    ...(random.chance(0.15)
      ? [
          step('register', { client, number, disposable, consent, upper: true }),
          step('verify', { client: 'keyed' }),
        ]
      : []),
  ]
}

/** Waits for the moment at which many order. */
export function rush({ random, rushAt }: Scene): StepDraft {
  return step('waitUntil', { at: rushAt + (random.chance(0.5) ? 0 : random.between(0, 60)) })
}

/** Lines with few units of what is short. */
export function shortLines({ random }: Scene): string {
  const hot = `${skus.hot}:${random.between(1, 2)}`
  if (random.chance(0.4)) return hot
  const pair = `${skus.pair}:${random.between(1, 2)}`
  // Several lines of one SKU, and an order of lines that differs from the order in which stock is taken.
  return random.pick([
    pair,
    `${pair},${hot}`,
    `${hot},${pair}`,
    `${skus.hot}:1,${skus.hot}:1`,
    `${skus.pair}:1,${skus.pair}:1`,
    // The first in the order of SKUs is short.
    `${hot},${pair},${skus.dear}:4`,
  ])
}

/** Lines that are often in stock: for stories about what comes after. */
export function usualLines(scene: Scene): string {
  const { random } = scene
  if (random.chance(0.35)) return shortLines(scene)
  return random.pick([
    `${skus.pair}:1`,
    `${skus.pair}:1,${skus.pair}:1`,
    `${skus.euro}:1`,
    `${skus.euro}:2`,
    `${skus.hot}:1`,
  ])
}

/** Codes as customers give them: none, one, or several that may not stand together. */
export function someCodes({ random }: Scene): string {
  return random.pick([
    '',
    '',
    codes.two,
    codes.two,
    codes.two,
    codes.two,
    codes.each,
    codes.solo,
    codes.welcome,
    `${codes.two},${codes.each}`,
    `${codes.two},${codes.solo}`,
    `${codes.each},${codes.solo},${codes.two}`,
  ])
}

const goodMethods = ['pm_card_visa', 'pm_card_visa', 'pm_card_mastercard', 'pm_card_amex']

export function goodMethod({ random }: Scene): string {
  return random.pick(goodMethods)
}

/** The terms of a checkout; the rest are drawn. */
export function termsOf(scene: Scene, given: Step['input'] = {}) {
  const { random } = scene
  return {
    codes: someCodes(scene),
    method: goodMethod(scene),
    wait: random.pick([0, 5, 10, 10]),
    points: 0,
    skipInvalid: random.chance(0.5),
    service: random.pick([null, null, null, 'standard', 'express'] as const),
    ...given,
  }
}

/** An order that is meant to be paid at once. */
export function paidOrder(scene: Scene, lines: string, pauseMs = 0): StepDraft {
  return step(
    'order',
    {
      client: habitOf(scene.random, { once: true }),
      ...termsOf(scene),
      codes: '',
      wait: 10,
      service: null,
      lines,
    },
    pauseMs,
  )
}

/** Staff sends the actor's order on its way, and it arrives. */
export function delivering({ random }: Scene): StepDraft[] {
  const start = step('start', { client: habitOf(random), of: -1 }, random.between(0, 2_000))
  const arrive = random.chance(0.4)
    ? step(
        'carrierReport',
        { of: -1, status: 'delivered', times: random.between(1, 3) },
        random.between(0, 3_000),
      )
    : step('complete', { client: habitOf(random), of: -1 }, random.between(0, 3_000))
  // A carrier may report the arrival of what nobody reported as started.
  return arrive.action === 'carrierReport' && random.chance(0.3) ? [arrive] : [start, arrive]
}
