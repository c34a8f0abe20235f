import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../shared/core/ids.ts'
import type { ChargeRequest, RefundRequest } from '../../shared/ports/payment-gateway.ts'
import {
  alarmInMs,
  envelope,
  eventually,
  fireAlarm,
  stopTime,
} from '../aggregate/object-lifetimes.fixture.ts'
import { SandboxGateway, sandboxShard } from './gateway.ts'

const gateway = new SandboxGateway(env.SANDBOX_GATEWAY)

function charge(fields: Partial<ChargeRequest> = {}): ChargeRequest {
  const amount = { amount: 1_000, currency: 'USD' }
  return { key: newId('pay'), amount, paymentMethod: 'pm_card_visa', orderId: 'ord_1', ...fields }
}

function refund({ key }: ChargeRequest, name: string, amount: number): RefundRequest {
  const money = { amount, currency: 'USD' }
  return { key: `${key}/${name}`, chargeKey: key, chargeId: `ch_${key}`, amount: money }
}

const objectOf = (key: string) => env.SANDBOX_GATEWAY.getByName(sandboxShard(key))
const recordsOf = ({ key }: ChargeRequest) => objectOf(key).records(key)

describe('the sandbox gateway', () => {
  it('makes one entry of 20 equal charges at once', async () => {
    const request = charge()
    const results = await Promise.all(Array.from({ length: 20 }, () => gateway.charge(request)))
    expect(results).toEqual(Array(20).fill(results[0]))
    expect(results[0]).toMatchObject({ status: 'succeeded', chargeId: `ch_${request.key}` })
    expect(await recordsOf(request)).toMatchObject({ charges: [{ request }], refunds: [] })
  })
  it('remembers through an eviction', async () => {
    const request = charge()
    const result = await gateway.charge(request)
    await evictDurableObject(objectOf(request.key))
    expect(await gateway.find(request.key)).toEqual(result)
    expect(await gateway.charge(request)).toEqual(result)
    expect(await recordsOf(request)).toMatchObject({ charges: [{}] })
  })
  it('loses two answers about a charge that it made, and then answers', async () => {
    const request = charge({ paymentMethod: 'pm_sandbox_timeout' })
    const timeout = { name: 'PortError', kind: 'unknown_outcome', code: 'gateway_timeout' }
    await expect(gateway.charge(request)).rejects.toMatchObject(timeout)
    expect(await recordsOf(request)).toMatchObject({
      charges: [{ result: { status: 'succeeded' } }],
    })
    await expect(gateway.find(request.key)).rejects.toMatchObject(timeout)
    expect(await gateway.find(request.key)).toMatchObject({ status: 'succeeded' })
    expect(await gateway.charge(request)).toMatchObject({ status: 'succeeded' })
    expect(await recordsOf(request)).toMatchObject({ charges: [{}] })
  })
  it('garbles one answer about a charge that it made, and then answers', async () => {
    const request = charge({ paymentMethod: 'pm_sandbox_garbled' })
    await expect(gateway.charge(request)).rejects.toThrow(RangeError)
    expect(await gateway.charge(request)).toMatchObject({ status: 'succeeded' })
    expect(await recordsOf(request)).toMatchObject({ charges: [{}] })
  })
  it('never gives back more than it took, however many refunds come at once', async () => {
    const request = charge()
    await gateway.charge(request)
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => gateway.refund(refund(request, `${index}`, 300))),
    )
    expect(results.filter(({ status }) => status === 'succeeded')).toHaveLength(3)
    expect(results.filter(({ status }) => status === 'failed')).toHaveLength(17)
    expect(await gateway.refund(refund(request, 'rest', 100))).toMatchObject({ status: 'succeeded' })
    expect(await gateway.refund(refund(request, 'more', 1))).toMatchObject({ code: 'charge_exceeded' })
  })
  it('makes one entry of equal refunds', async () => {
    const request = charge()
    await gateway.charge(request)
    const results = await Promise.all(
      Array.from({ length: 20 }, () => gateway.refund(refund(request, 'same', 600))),
    )
    expect(results).toEqual(
      Array(20).fill({ status: 'succeeded', gatewayRefundId: `re_${request.key}/same` }),
    )
    expect((await recordsOf(request)).refunds).toHaveLength(1)
  })
  it('answers a decline as a decline', async () => {
    const request = charge({ paymentMethod: 'pm_card_chargeDeclined' })
    expect(await gateway.charge(request)).toMatchObject({ status: 'failed', code: 'card_declined' })
  })
  it('rejects a key that was used for another charge', async () => {
    const request = charge()
    await gateway.charge(request)
    const other = { ...request, orderId: 'ord_2' }
    await expect(gateway.charge(other)).rejects.toMatchObject({ kind: 'rejected', code: 'key_reused' })
  })
  it('keeps apart what is charged in one shard', async () => {
    const first = charge()
    let second = charge({ amount: { amount: 500, currency: 'USD' } })
    while (sandboxShard(second.key) !== sandboxShard(first.key)) second = { ...second, key: newId('pay') }
    await gateway.charge(first)
    await gateway.charge(second)
    await gateway.refund(refund(first, 'all', 1_000))
    expect(await gateway.refund(refund(second, 'all', 500))).toMatchObject({ status: 'succeeded' })
    expect(await gateway.refund(refund(second, 'more', 1))).toMatchObject({ code: 'charge_exceeded' })
    expect(await recordsOf(first)).toMatchObject({ charges: [{ request: first }], refunds: [{}] })
  })
  it('finds and refunds a charge that an earlier release kept in an object of its own', async () => {
    const request = charge()
    const answer = await env.SANDBOX_GATEWAY.getByName(request.key).charge(request)
    expect(await gateway.find(request.key)).toEqual(answer)
    expect(await gateway.refund(refund(request, 'most', 900))).toMatchObject({ status: 'succeeded' })
    expect(await gateway.refund(refund(request, 'more', 200))).toMatchObject({ code: 'charge_exceeded' })
    expect(await recordsOf(request)).toEqual({ charges: [], refunds: [] })
  })
  it('has no charge under an unknown key, and stores nothing', async () => {
    const request = charge()
    expect(await gateway.find(request.key)).toBeNull()
    await expect(gateway.refund(refund(request, 'none', 1))).rejects.toMatchObject({
      code: 'charge_not_found',
    })
    expect(await recordsOf(request)).toEqual({ charges: [], refunds: [] })
  })
})

describe('the notices of the sandbox, as of a webhook', () => {
  beforeEach(() => stopTime())
  afterEach(() => {
    vi.useRealTimers()
  })

  const paymentOf = (id: string) => env.PAYMENT.getByName(id)
  const stateOf = async (id: string) => (await paymentOf(id).read({}))?.state

  /** A payment whose charge was made with a method of the sandbox. */
  async function charged(paymentMethod: string): Promise<string> {
    const id = newId('pay')
    const amount = { amount: 1_000, currency: 'USD' }
    const command = {
      ...{ type: 'ProcessPayment', orderId: newId('ord'), customerId: newId('cus'), amount, paymentMethod },
      ...{ attempt: 1, shippingCountry: 'US', failedTries: 0 },
    }
    expect(await paymentOf(id).execute(envelope(id, command))).toMatchObject({ ok: true })
    await eventually(async () => expect(await stateOf(id)).toMatchObject({ status: 'processed' }))
    return id
  }
  /** Fires the sandbox's alarm, which sends notices; false when there is none to send. */
  const notifies = (id: string) => runInDurableObject(objectOf(id), fireAlarm)

  it('is a dispute of the charge', async () => {
    const id = await charged('pm_card_createDispute')
    const due = await runInDurableObject(objectOf(id), (_, state) => alarmInMs(state))
    expect(due).toBe(1_000)
    expect(await notifies(id)).toBe(true)
    expect(await stateOf(id)).toMatchObject({
      status: 'disputed',
      disputes: [{ disputeId: `dp_${id}`, reason: 'fraudulent', amount: { amount: 1_000 }, status: 'open' }],
    })
    expect(await notifies(id)).toBe(false)
  })
  it('is the failure of a refund that had succeeded, after which the money can be refunded again', async () => {
    const id = await charged('pm_card_refundFail')
    const refund = { type: 'RefundPayment', refundId: 'ord_1/end', reason: 'broken' }
    await paymentOf(id).execute(envelope(id, refund))
    await eventually(async () => expect(await stateOf(id)).toMatchObject({ status: 'refunded' }))
    expect(await notifies(id)).toBe(true)
    expect(await stateOf(id)).toMatchObject({
      status: 'processed',
      refunds: [{ refundId: 'ord_1/end', status: 'failed' }],
    })
    expect(await notifies(id)).toBe(false)
    await paymentOf(id).execute(envelope(id, { ...refund, refundId: 'again' }))
    await eventually(async () => expect(await stateOf(id)).toMatchObject({ status: 'refunded' }))
  })
  it('is nothing about an ordinary charge', async () => {
    const id = await charged('pm_card_visa')
    // Others of its shard may have set an alarm.
    await notifies(id)
    expect(await stateOf(id)).toMatchObject({ status: 'processed' })
  })
  it('is recorded once when it is sent twice', async () => {
    const id = await charged('pm_card_createDispute')
    const object = objectOf(id)
    expect(await notifies(id)).toBe(true)
    // As after a crash of the alarm between the notice and its record.
    await runInDurableObject(object, async (instance, state) => {
      state.storage.sql.exec(`UPDATE charges SET entry = replace(entry, '"told"', '"due"')`)
      await instance.alarm()
    })
    const events = await paymentOf(id).history({ after: 0, limit: 100 })
    expect(events.filter((text) => text.includes('payment.PaymentDisputed'))).toHaveLength(1)
    expect(await object.records(id)).toMatchObject({ charges: [{ dispute: 'told' }] })
  })
})

describe('inspecting a method', () => {
  it('returns the country of the card, and stores nothing', async () => {
    expect(await gateway.inspect('pm_card_gb')).toEqual({ cardCountry: 'GB' })
    expect(await gateway.inspect('pm_unknown')).toEqual({})
  })
})
