import { DurableObject } from 'cloudflare:workers'
import { evictObject } from 'conformance:evict'
import {
  type Delivery,
  type FragileRpc,
  type ProbeEnv,
  type ProbeRpc,
  type Self,
  show,
  type World,
} from './fact.ts'
import { facts } from './facts/index.ts'
import { valueNamed } from './values.ts'

// A small Worker on which the facts are tried. It is bundled for each platform, and uses nothing but the platform.

const factsByName = new Map(facts.map((fact) => [fact.name, fact]))
/** What happened, by fact. It belongs to the process, and not to any object. */
const notes = new Map<string, unknown[]>()
/** The fact to which an object belongs, by its id: an alarm handler may not be told the object's name. */
const factsOfObjects = new Map<string, string>()
const deliveries: Delivery[] = []
const constructions = new Map<string, number>()

function factNamed(name: string) {
  const fact = factsByName.get(name)
  if (!fact) throw new RangeError(`there is no fact ${name}`)
  return fact
}

function noteOf(fact: string): unknown[] {
  const known = notes.get(fact) ?? []
  notes.set(fact, known)
  return known
}

function objectName(fact: string, label: string): string {
  return `${fact}/${label}`
}

async function call(
  env: ProbeEnv,
  fact: string,
  label: string,
  part: string,
  input: unknown[],
): Promise<unknown> {
  const answer = await env.PROBE.getByName(objectName(fact, label)).perform(fact, part, JSON.stringify(input))
  return JSON.parse(answer)
}

export class ProbeObject extends DurableObject<ProbeEnv> implements ProbeRpc {
  readonly #memory = new Map<string, number>()
  readonly #secret = 40
  readonly notOnThePrototype = () => 'own property'

  #self(fact: string): Self {
    return {
      ctx: this.ctx,
      env: this.env,
      memory: this.#memory,
      call: (label, part, ...input) => call(this.env, fact, label, part, input),
      note: (what) => noteOf(fact).push(what),
    }
  }

  async perform(factName: string, partName: string, input: string): Promise<string> {
    factsOfObjects.set(this.ctx.id.toString(), factName)
    const part = factNamed(factName).parts?.[partName]
    if (!part) throw new RangeError(`the fact has no part ${partName}`)
    const given: never[] = JSON.parse(input)
    return JSON.stringify(show(await part(this.#self(factName), ...given)))
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    const name = factsOfObjects.get(this.ctx.id.toString()) ?? ''
    await factNamed(name).alarm?.(this.#self(name), info)
  }

  arrived(value: unknown): string {
    return JSON.stringify(show(value))
  }

  answer(name: string): unknown {
    return valueNamed(name)
  }

  async throwing(name: string): Promise<never> {
    throw valueNamed(name)
  }

  throwingAtOnce(name: string): never {
    throw valueNamed(name)
  }

  async callBack(work: (input: number) => Promise<number>): Promise<number> {
    return (await work(20)) + 1
  }

  privateSum(): number {
    return this.#add(2)
  }

  #add(number: number): number {
    return this.#secret + number
  }
}

/** An object whose first instances cannot be made. */
export class FragileObject extends DurableObject<ProbeEnv> implements FragileRpc {
  constructor(state: DurableObjectState, env: ProbeEnv) {
    super(state, env)
    const name = state.id.name ?? ''
    constructions.set(name, (constructions.get(name) ?? 0) + 1)
    state.storage.sql.exec('CREATE TABLE IF NOT EXISTS made (number INTEGER)')
    state.storage.sql.exec('INSERT INTO made VALUES (?)', constructions.get(name) ?? 0)
    if (constructions.get(name) === 1) throw new RangeError('the first one breaks')
  }

  constructions(): number {
    return constructions.get(this.ctx.id.name ?? '') ?? 0
  }

  stored(): string {
    return JSON.stringify(
      show(this.ctx.storage.sql.exec('SELECT number FROM made ORDER BY number').toArray()),
    )
  }
}

function worldOf(fact: string, env: ProbeEnv, context: ExecutionContext): World {
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  return {
    env,
    context,
    nameOf: (label = 'object') => objectName(fact, label),
    call: (label, part, ...input) => call(env, fact, label, part, input),
    evict: (label = 'object') => evictObject(env.PROBE.getByName(objectName(fact, label)), env),
    sleep,
    async until(condition) {
      const end = Date.now() + 20_000
      while (!(await condition())) {
        if (Date.now() > end) throw new Error('what the fact waits for does not happen')
        await sleep(20)
      }
    },
    notes: () => noteOf(fact),
    note: (what) => noteOf(fact).push(what),
    deliveries: () => deliveries.filter(({ body }) => instructionOf(body).fact === fact),
  }
}

/** What a message tells the consumer to do at each attempt. */
function instructionOf(body: unknown): { fact?: unknown; steps: unknown[] } {
  const parsed = typeof body === 'object' && body !== null ? { ...body } : {}
  const fact = 'fact' in parsed ? parsed.fact : undefined
  return { fact, steps: 'steps' in parsed && Array.isArray(parsed.steps) ? parsed.steps : [] }
}

/** What the consumer does with a message. */
function stepOf(body: unknown, attempts: number): string {
  return String(instructionOf(body).steps[attempts - 1] ?? 'nothing')
}

export default {
  /** Runs a part of the fact that the body names; answers with what it showed, or with what went wrong. */
  async fetch(request, env, context) {
    const fact = factNamed(await request.text())
    const part = request.url.endsWith('/later') ? fact.later : fact.run
    try {
      return Response.json({ shown: show(await part?.(worldOf(fact.name, env, context))) })
    } catch (fault) {
      return Response.json({ fault: show(fault) })
    }
  },

  async queue(batch) {
    const fails = batch.messages.some(({ body, attempts }) => stepOf(body, attempts).includes('fail'))
    for (const message of batch.messages) {
      const { id, body, attempts, timestamp } = message
      deliveries.push({
        queue: batch.queue,
        id,
        body,
        attempts,
        sentAt: timestamp.getTime(),
        deliveredAt: Date.now(),
        fails,
      })
      if (batch.queue === 'probe-dead-letters') continue
      const step = stepOf(body, attempts)
      if (step === 'ack') message.ack()
      if (step === 'retry') message.retry()
      if (step === 'retry in a second') message.retry({ delaySeconds: 1 })
      if (step === 'ack, then retry') {
        message.ack()
        message.retry()
      }
      if (step === 'retry, then ack') {
        message.retry()
        message.ack()
      }
      if (step === 'ack all') batch.ackAll()
      if (step === 'retry all') batch.retryAll()
    }
    if (fails) throw new Error('the consumer fails')
  },
} satisfies ExportedHandler<ProbeEnv>
