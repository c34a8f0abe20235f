import { expect, it } from 'vitest'
import { DAY } from '../../shared/core/time.ts'
import type { StoredObject } from '../world.ts'
import { SKU, storyOf } from './story.fixture.ts'
import { forwardersRest, replaysEnd, timersFire } from './timers.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

it('finds timers that did not fire, and objects without their alarm', () => {
  const { shop, customer } = storyOf()
  const inspection = shop.inspection()
  expect(timersFire.check(inspection)).toEqual([])
  shop.object('customer', customer).alarm = null
  expect(messagesOf(timersFire.check(inspection))).toEqual([
    expect.stringMatching(`customer/${customer} has something to do at .*, but its alarm is not set.`),
  ])
  shop.object('customer', customer).alarm = shop.now + 900 * DAY
  expect(messagesOf(timersFire.check(inspection))).toEqual([expect.stringMatching('but its alarm is set to')])
  const later = shop.inspection({ now: shop.now + 400 * DAY })
  expect(messagesOf(timersFire.check(later))).toContainEqual(
    expect.stringMatching(`The timer points-expiry of customer/${customer} was due at`),
  )
})

it('finds work without an alarm', () => {
  const { shop } = storyOf()
  const inspection = shop.inspection()
  shop.object('product', SKU).changeLog('UPDATE stream SET published = 0')
  expect(messagesOf(timersFire.check(inspection))).toEqual([
    `product/${SKU} has something to do at 1970-01-01T00:00:00.000Z, but its alarm is not set.`,
  ])
})

it('finds a forwarder with a backlog', () => {
  const { shop } = storyOf()
  const inspection = shop.inspection()
  expect(forwardersRest.check(inspection)).toEqual([])
  shop.forwarder.change(`UPDATE streams SET known = 99, owed_since = 1, due_at = 0 WHERE kind = 'inventory'`)
  expect(messagesOf(forwardersRest.check(inspection))).toEqual([
    expect.stringMatching(`The forwarder 0 has inventory/${SKU} at version \\d+ of 99, due at 1970`),
  ])
})

it('finds a replay that does not end', () => {
  const { shop } = storyOf()
  const replay = (finishedAt: string | null): StoredObject => ({
    className: 'ReplayObject',
    name: 'again',
    alarm: null,
    rows: () => [{ progress: JSON.stringify({ status: 'running', finishedAt, error: 'down' }) }],
  })
  const check = (finishedAt: string | null) =>
    replaysEnd.check(shop.inspection({ objects: [replay(finishedAt)] }))
  expect(check('2026-03-01T12:00:00.000Z')).toEqual([])
  expect(messagesOf(check(null))).toEqual(['The replay again is still running: down.'])
})
