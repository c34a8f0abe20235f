import { currentContext, runIn } from '../kernel/context.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Disturbances } from './disturbances.ts'
import { type Call, idOf, type Life, type SimulatedObject } from './life.ts'
import { lateness } from './remote.ts'
import { LostCall, passed, passedFault } from './rpc.ts'

/** Between two things of which one comes after the other: what numbers of today's size can tell apart. */
const SHORTEST_MS = 0.001
const USUAL_MS = 1
/** How often a call without an answer is not carried out. */
const NEVER_SHARE = 0.25
/** Stands for a gateway, which has faults of its own. */
const SANDBOX_GATEWAY = 'SandboxGatewayObject'

/** What a stub has reached: after a crash it does not reach the object's next life. */
interface Connection {
  life: Life | null
  /** When its newest call arrives (ms): calls by one stub arrive in the order in which they are made. */
  arrivesAt: number
}

/** What a call needs of the platform. */
interface Network {
  readonly scheduler: Scheduler
  readonly disturbances: Disturbances
  /**
   * The object in memory.
   *
   * @throws whatever its constructor throws
   */
  awake(object: SimulatedObject): Life
}

/** What calls an object's methods: a `DurableObjectStub`. */
export function stubOf(object: SimulatedObject, network: Network): object {
  const connection: Connection = { life: null, arrivesAt: 0 }
  return new Proxy(
    { name: object.name, id: idOf(object.className, object.name) },
    {
      get: (target, key) => {
        if (key in target) return Reflect.get(target, key)
        // A stub is no promise: an async function may return one.
        if (typeof key !== 'string' || key === 'then') return undefined
        return (...args: unknown[]) => call(object, connection, network, key, args)
      },
    },
  )
}

/** One call of one object's method by what runs now. */
function call(
  object: SimulatedObject,
  connection: Connection,
  { scheduler, disturbances, awake }: Network,
  method: string,
  args: unknown[],
): Promise<unknown> {
  const caller = currentContext()
  const label = `${object.className}/${object.name} ${method}`
  const sent = passed(args, { scheduler, disturbances, owner: caller })
  return new Promise((resolve, reject) => {
    const latency = () => disturbances.latency(caller.random, USUAL_MS)
    const back = (work: () => void) =>
      scheduler.schedule(caller, latency(), `${label} answers ${caller.name}`, work)
    const fail = (fault: unknown) => back(() => reject(fault))
    caller.leave(() => {
      const target = object.className === SANDBOX_GATEWAY ? 'gateway' : 'objects'
      const outcome = disturbances.outcome(target, label)
      if (outcome === 'before') return void fail(new LostCall())
      if (outcome === 'hang' && caller.random.chance(NEVER_SHARE)) return
      // What comes late keeps what the same stub sends after it waiting.
      const lateMs = outcome === 'hang' ? lateness(caller.random) : 0
      connection.arrivesAt = Math.max(scheduler.now + latency() + lateMs, connection.arrivesAt + SHORTEST_MS)
      scheduler.schedule(null, connection.arrivesAt - scheduler.now, `${caller.name} calls ${label}`, () => {
        let life: Life
        try {
          if (connection.life?.brokenBy) throw connection.life.brokenBy
          life = awake(object)
        } catch (fault) {
          fail(fault)
          return
        }
        connection.life = life
        const underWay: Call = { name: method, reject: outcome === 'hang' ? () => {} : fail }
        life.callStarted(underWay)
        // Until its answer has left, a crash rejects the call.
        const ended = (settle: () => void) => {
          life.leave(() => {
            life.callEnded(underWay)
            if (outcome === 'hang') return
            if (outcome === 'after') fail(new LostCall())
            else settle()
          })
        }
        void runIn(life, async () => {
          if (life.gate) await life.gate
          try {
            const result: unknown = await invoke(life, method, sent)
            const answer = passed(result, { scheduler, disturbances, owner: life })
            ended(() => back(() => resolve(answer)))
          } catch (fault) {
            const seen = passedFault(fault)
            ended(() => fail(seen))
          }
        })
      })
    })
  })
}

function invoke({ instance }: Life, method: string, args: unknown): unknown {
  const target = instance?.[method]
  // Methods are those of the prototype.
  if (typeof target !== 'function' || Object.hasOwn(instance ?? {}, method))
    throw new TypeError(`The RPC receiver does not implement the method "${method}".`)
  return Reflect.apply(target, instance, args as unknown[])
}
