import { describe, expect, it } from 'vitest'
import { carrierReportSchema, reportCommands } from '../../shared/delivery/carrier-report.ts'
import { verifySignature } from '../../workers/api/http/auth/signatures.ts'
import { attemptFailed, carrierWebhook, delayed, delivered, inTransit, returning } from './carrier.ts'

const now = Date.parse('2026-11-23T12:00:00.000Z')
const secret = 'what-the-carrier-knows'
const parcel = { deliveryId: 'dlv_01939a2e-0000-7000-8000-00000000abcd' }
const byNumber = { trackingNumber: 'SBX01939A2E00007000800000000000ABCD' }

const fault = (header: string | undefined, body: string, at: number) =>
  verifySignature({ header, body, secret, now: at })

describe("a carrier's report", () => {
  it.each([
    ['in transit', inTransit(parcel, 'n1', 'Chicago'), ['TrackDelivery']],
    ['in transit, of a tracking number', inTransit(byNumber, 'n1', 'Chicago'), ['TrackDelivery']],
    ['in transit somewhere', inTransit(parcel, 'n1'), []],
    ['of a delay', delayed(parcel, 'n2', now + 86_400_000), ['DelayDelivery']],
    ['of a failed attempt', attemptFailed(parcel, 'n3'), ['FailAttempt']],
    ['of its delivery', delivered(parcel, 'n4', 'Ada'), ['CompleteDelivery']],
    ['of its delivery to someone', delivered(parcel, 'n4'), ['CompleteDelivery']],
    ['on its way back', returning(parcel, 'n5'), ['StartReturn']],
  ])('%s is signed, and Petrel reads it', (_, report, commands) => {
    const { method, path, headers, body } = carrierWebhook(report, secret, now)
    expect({ method, path }).toEqual({ method: 'POST', path: '/v1/webhooks/carrier' })
    expect(fault(headers['petrel-signature'], body, now)).toBeNull()
    const read = carrierReportSchema.parse(JSON.parse(body))
    const state = { status: 'started', expectedBy: new Date(now).toISOString() } as const
    const given = reportCommands(read, state, new Date(now).toISOString())
    expect(given.map(({ type }) => type)).toEqual(commands)
  })

  it('has a signature for its body, its secret and its time alone', () => {
    const { headers, body } = carrierWebhook(delivered(parcel, 'n1'), secret, now)
    const header = headers['petrel-signature']
    expect(fault(header, `${body} `, now)).toBe('mismatch')
    expect(fault(header, body, now + 301_000)).toBe('too_old')
    expect(fault(header, body, now - 301_000)).toBe('from_the_future')
    const forged = carrierWebhook(delivered(parcel, 'n1'), 'another secret', now)
    expect(fault(forged.headers['petrel-signature'], body, now)).toBe('mismatch')
  })
})
