import { describe, expect, it } from 'vitest'
import { Random } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { makePlan } from '../make-plan.ts'
import type { Plan, Story } from '../plan.ts'
import type { HttpAnswer, HttpRequest, Outside } from '../world.ts'
import { openShop, runStories } from './run-workload.ts'

const secrets = { jwt: 'key', carrierWebhook: 'other key' }
const EPOCH = Date.UTC(2026, 0, 7)

/** A request as it was sent. */
interface Sent extends HttpRequest {
  readonly by: string
  readonly at: number
}

/** Runs a plan against a shop in which everything succeeds, or nothing ever answers. */
async function run(
  plan: Plan,
  answers: (request: HttpRequest) => HttpAnswer | null = succeed,
): Promise<Sent[]> {
  const scheduler = new Scheduler(new Random(1), EPOCH, () => {})
  const sent: Sent[] = []
  const outside: Outside = {
    now: () => scheduler.now,
    wait: (milliseconds) => scheduler.wait(milliseconds, 'a client waits'),
    send: async (by, request) => {
      sent.push({ by, at: scheduler.now, ...request })
      await scheduler.wait(20, 'the answer comes')
      return answers(request)
    },
    mailsTo: (to) => [{ id: '1', to, subject: '', text: mail, html: '', at: 0 }],
  }
  const stories = openShop(plan, outside, secrets).then((shop) => runStories(plan, shop, outside, secrets))
  const ended = Promise.allSettled([stories])
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  await scheduler.run(EPOCH + 24 * 3_600_000, () => hasEnded)
  expect(hasEnded, 'the stories have ended').toBe(true)
  await stories
  return sent
}

const customer = 'cus_019b97af-39b0-704e-9b6f-d13af0c5ac8a'
const mail = `It works once, with the token below.\n\n    secret\n\nYour customer number is ${customer}.\n`

function succeed({ method }: HttpRequest): HttpAnswer {
  const money = { amount: 100, currency: 'USD' }
  const order = {
    total: money,
    lines: [{ sku: 'HOT', quantity: 1 }],
    payments: ['pay_1'],
    deliveries: ['dlv_1'],
  }
  const body = { ...order, id: 'id', version: 3, status: 'confirmed', amount: money, accessToken: 'token' }
  return { status: method === 'POST' ? 201 : 200, headers: {}, body: { ...body, sessionId: 's', data: [] } }
}

function of(sent: readonly Sent[], { id }: Story): Sent[] {
  return sent.filter(({ by }) => by.startsWith(`${id}/`))
}

describe('the stories of a plan', () => {
  it('open the shop first, and then run at the same time', async () => {
    const plan = makePlan(7)
    const sent = await run(plan)
    const [opening = expect.fail(), ...others] = plan.stories
    const last = of(sent, opening).at(-1) ?? expect.fail()
    for (const story of others) for (const { at } of of(sent, story)) expect(at).toBeGreaterThan(last.at)
    const first = others.filter((story) => (of(sent, story)[0]?.at ?? Infinity) < last.at + 10_000)
    expect(first.length).toBeGreaterThan(2)
  })

  it('send the same when another story is left out', async () => {
    const plan = makePlan(1)
    const [opening = expect.fail(), left = expect.fail(), ...others] = plan.stories
    const sent = await run(plan)
    const sentWithout = await run({ ...plan, stories: [opening, ...others] })
    expect(of(sentWithout, left)).toEqual([])
    for (const story of others) expect(of(sentWithout, story)).toEqual(of(sent, story))
  })

  it('send the same when another step is left out', async () => {
    const plan = makePlan(1)
    const [opening = expect.fail(), ...others] = plan.stories
    const shorter = { ...opening, steps: opening.steps.toSpliced(1, 1) }
    const dropped = opening.steps[1]?.id
    const keys = (sent: readonly Sent[]) =>
      sent.filter(({ by }) => by !== `opening/${dropped}`).map(({ headers }) => headers?.['idempotency-key'])
    expect(keys(await run({ ...plan, stories: [shorter, ...others] }))).toEqual(keys(await run(plan)))
  })

  it('end although nothing is ever answered', async () => {
    for (const seed of [1, 2, 3]) expect(await run(makePlan(seed), () => null)).not.toEqual([])
  })

  it('repeat what was not answered, under its key', async () => {
    const plan = makePlan(2)
    const sent = await run(plan, () => null)
    const commands = sent.filter(({ headers }) => headers?.['idempotency-key'] !== undefined)
    const [first] = commands
    const same = commands.filter(({ by }) => by === first?.by)
    expect(same.length).toBeGreaterThan(3)
    expect(new Set(same.map(({ headers }) => headers?.['idempotency-key']))).toHaveLength(1)
  })

  it('fail for a step without an action', async () => {
    const step = { id: '0', action: 'fly', pauseMs: 0, input: {} }
    const story = { id: 'bird', kind: 'bird', startsAt: 0, steps: [step] }
    await expect(run({ ...makePlan(1), stories: [story] })).rejects.toThrow('fly')
  })
})
