import { z } from 'zod'
import { always, atRest, finding } from './invariant.ts'
import { answered, nameOf } from './requests.ts'

const problem = z.looseObject({
  code: z.string().min(1),
  status: z.int(),
  type: z.string(),
  title: z.string(),
})

export const errorsAreProblems = always(
  'every refusal is a problem document',
  'An answer of 400 and above is application/problem+json with a code, and with the status that was sent.',
  function* ({ exchanges }) {
    for (const exchange of answered(exchanges)) {
      const { status, headers, body } = exchange.answer
      if (status < 400) continue
      const type = headers['content-type'] ?? ''
      const parsed = problem.safeParse(body)
      if (!type.startsWith('application/problem+json') || !parsed.success || parsed.data.status !== status)
        yield finding(
          `${nameOf(exchange)} was answered with ${status}, ${type || 'no type'}: ${JSON.stringify(body)}`,
        )
    }
  },
)

export const faultsExplainErrors = always(
  'no 5xx without a fault',
  'Without a fault no request fails on our side, and no log is ever reported as lost.',
  function* ({ exchanges, faults }) {
    for (const exchange of answered(exchanges)) {
      const { status, body } = exchange.answer
      const code = problem.safeParse(body).data?.code
      if (code === 'damaged' || (status >= 500 && faults.length === 0))
        yield finding(`${nameOf(exchange)} was answered with ${status}: ${JSON.stringify(body)}`)
    }
  },
)

export const queuesAreEmpty = atRest(
  'queues are empty at rest',
  'No message is left in a queue.',
  function* ({ queued }) {
    for (const [queue, count] of queued)
      if (count > 0) yield finding(`The queue ${queue} still has ${count} messages.`)
  },
)
