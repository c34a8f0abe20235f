import type { Random } from '../kernel/random.ts'
import type { Configuration, Fault, Target } from '../plan.ts'

/** How many faults hit a run, by its weather. */
const weathers = [
  { name: 'calm', share: 0.1, least: 0, most: 0 },
  { name: 'changing', share: 0.65, least: 3, most: 8 },
  { name: 'stormy', share: 0.25, least: 9, most: 18 },
] as const

/** The classes whose objects crash on purpose; `null` is any. */
const classes = [
  null,
  null,
  'OrderObject',
  'OrderObject',
  'PaymentObject',
  'PaymentObject',
  'InventoryObject',
  'InventoryObject',
  'PromotionObject',
  'CustomerObject',
  'CustomerProfileObject',
  'EmailAddressObject',
  'CartObject',
  'ProductObject',
  'DeliveryObject',
  'ReviewObject',
  'IdempotencyKeysObject',
  'AllowanceObject',
  'SandboxGatewayObject',
  'ForwarderObject',
  'ForwarderObject',
  'ReplayObject',
] as const

const targets: readonly Target[] = [
  'sink',
  'sink',
  'database',
  'database',
  'bucket',
  'gateway',
  'gateway',
  'gateway',
  'mailer',
  'queue',
  'objects',
  'objects',
  'carrier',
]
const manners = ['before', 'after', 'after', 'hang', 'partly'] as const

/** How often a fault is a combination of two. */
const COMBINED_SHARE = 0.35
/** An outage, and the class that crashes meanwhile; with `process`, everything. */
const combinations = [
  ['sink', 'hang', 'ForwarderObject'],
  ['sink', 'before', 'ForwarderObject'],
  ['sink', 'after', 'ForwarderObject'],
  ['sink', 'hang', 'process'],
  // Firehose takes parts of calls, and refuses some events for good.
  ['sink', 'partly', 'ForwarderObject'],
  ['sink', 'partly', null],
  ['sink', 'partly', null],
  ['queue', 'before', 'process'],
  ['queue', 'hang', null],
  ['gateway', 'hang', 'PaymentObject'],
  ['gateway', 'after', 'PaymentObject'],
  ['gateway', 'hang', 'PaymentObject'],
  ['objects', 'hang', 'OrderObject'],
  ['objects', 'hang', null],
  ['objects', 'after', 'OrderObject'],
  ['objects', 'after', 'PromotionObject'],
  ['mailer', 'hang', 'CustomerObject'],
  ['database', 'before', null],
  ['database', 'before', null],
  ['database', 'before', null],
  ['database', 'hang', null],
  ['database', 'hang', 'CustomerObject'],
  ['carrier', 'hang', 'DeliveryObject'],
] as const satisfies readonly (readonly [Target, (typeof manners)[number], string | null])[]

type Kind = Fault['kind']

/** How often a kind is drawn, in proportion. */
const kinds: readonly Kind[] = [
  ...Array<Kind>(8).fill('crash-object'),
  ...Array<Kind>(7).fill('outage'),
  ...Array<Kind>(2).fill('crash-process'),
  ...Array<Kind>(2).fill('evict'),
  ...Array<Kind>(2).fill('queue-noise'),
  ...Array<Kind>(2).fill('alarms'),
  'slow',
  'slow',
  'deployment',
]

/** When faults are of use (ms after the opening of the shop). */
interface Moments {
  /** Times at which stories begin, or go on together. */
  readonly busyAt: readonly number[]
  /** When stories have mostly ended. */
  readonly endsAt: number
}

/** How often a fault begins in the seconds after a busy moment. */
const BUSY_SHARE = 0.4

/** The faults of a run. Later ones are rarer. */
export function makeFaults(random: Random, { platform }: Configuration, moments: Moments): Fault[] {
  const weather = random.fork('weather')
  const { least, most } = weatherOf(weather.fraction())
  const count = weather.between(least, most)
  const faults: Fault[] = []
  for (let index = 0; faults.length < count; index += 1) {
    const own = random.fork(`fault-${index}`)
    const isCombined = count - faults.length > 1 && own.chance(COMBINED_SHARE)
    faults.push(...(isCombined ? combined(own, moments) : [makeFault(own, platform, timeOf(own, moments))]))
  }
  // A second release during the first one's overlap is not what deployments do.
  const first = faults.find(({ kind }) => kind === 'deployment')
  return faults
    .filter((fault) => fault.kind !== 'deployment' || fault === first)
    .toSorted((one, other) => one.at - other.at)
}

function weatherOf(fraction: number): (typeof weathers)[number] {
  let left = fraction
  for (const weather of weathers) {
    left -= weather.share
    if (left < 0) return weather
  }
  return weathers[1]
}

/** Most faults begin when much is under way: with others, or in the first half. */
function timeOf(random: Random, { busyAt, endsAt }: Moments): number {
  if (busyAt.length > 0 && random.chance(BUSY_SHARE)) return random.pick(busyAt) + random.between(0, 4_000)
  return random.chance(0.75) ? random.between(0, Math.floor(endsAt / 2)) : random.between(0, endsAt)
}

/** Something that keeps work under way when much begins, and a crash that hits it there. */
function combined(random: Random, moments: Moments): Fault[] {
  const [target, manner, className] = random.pick(combinations)
  const { busyAt } = moments
  const begins = busyAt.length > 0 && random.chance(0.8) ? random.pick(busyAt) : timeOf(random, moments)
  const at = Math.max(0, begins - random.between(0, 1_500))
  const crash = { at: at + random.between(1_500, 20_000), skip: random.pick([0, 0, 0, 2]) }
  // Objects are many: hardly anything would begin if none of them answered.
  const share = target === 'objects' ? random.pick([0.1, 0.3]) : random.pick([0.5, 1])
  return [
    { kind: 'outage', at, forMs: random.between(3_000, 20_000), target, share, manner },
    className === 'process'
      ? { kind: 'crash-process', ...crash }
      : { kind: 'crash-object', ...crash, className },
  ]
}

function makeFault(random: Random, platform: Configuration['platform'], at: number): Fault {
  // Only a local process takes the queue with it.
  const drawn = random.pick(kinds)
  const kind =
    drawn === 'crash-process' && platform === 'cloud' && random.chance(0.5) ? 'crash-object' : drawn
  switch (kind) {
    case 'crash-object':
      return { kind, at, className: random.pick(classes), skip: skipOf(random) }
    case 'crash-process':
      return { kind, at, skip: skipOf(random) }
    case 'evict':
      return { kind, at, share: random.pick([0.2, 0.5, 1]) }
    case 'outage':
      return {
        ...{ kind, at, forMs: durationOf(random) },
        ...{
          target: random.pick(targets),
          share: random.pick([0.1, 0.3, 0.6, 1]),
          manner: random.pick(manners),
        },
      }
    case 'slow':
      return { kind, at, forMs: durationOf(random), factor: random.pick([5, 20, 100, 100]) }
    case 'alarms':
      return {
        ...{ kind, at, forMs: durationOf(random) },
        ...{ lateMs: random.pick([0, 2_000, 30_000]), twice: random.pick([0, 0.3, 1]) },
      }
    case 'queue-noise':
      return {
        ...{ kind, at, forMs: durationOf(random) },
        ...{ twice: random.pick([0, 0.3, 1]), lateMs: random.pick([0, 2_000, 20_000]) },
        consumerDies: random.pick([0, 0.3, 0.8]),
      }
    case 'deployment':
      return { kind, at, overlapMs: random.between(0, 20_000) }
  }
}

/** Often what is under way just then, or next; sometimes much later. */
function skipOf(random: Random): number {
  return random.chance(0.5) ? random.pick([0, 0, 1, 2, 3]) : random.between(0, 40)
}

/** Mostly seconds, as repetitions outlast; sometimes minutes (ms). */
function durationOf(random: Random): number {
  return random.chance(0.8) ? random.between(500, 15_000) : random.between(15_000, 240_000)
}
