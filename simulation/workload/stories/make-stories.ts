import type { Random } from '../../kernel/random.ts'
import type { Configuration, Step, Story } from '../../plan.ts'
import { OPENING } from '../run-workload.ts'
import { openingSteps } from './opening.ts'
import { owners } from './owners.ts'
import type { StepDraft, StoryMaker } from './scene.ts'
import { shoppers } from './shoppers.ts'
import { staff } from './staff.ts'

/** How many requests the stories of a run make, about, without those that open the shop. */
const SIZE = { least: 9, most: 24 } as const
/** The part of them that customers make. */
const CUSTOMERS_SHARE = 0.75
/** When many order (ms after the opening): late enough that most have registered. */
const RUSH = { earliest: 6_000, latest: 25_000 } as const

/** A deck from which stories are drawn: the more often a kind is in it, the more runs have it, and the more of it. */
const customerDeck = [
  ...Object.entries<StoryMaker>({ ...shoppers, ...owners }),
  ...(['rusher', 'bargainer', 'declined', 'doubtful'] as const).map(
    (kind) => [kind, shoppers[kind]] as const,
  ),
  ...(['loyal', 'returner'] as const).map((kind) => [kind, owners[kind]] as const),
]
const loyal = ['loyal', owners.loyal] as const
/**
 * What a run that rests for a year leaves out: an erasure that cannot end, as nobody delivers the parcel, is reported to
 * operators after two weeks, and nobody answers them.
 */
const erasing = ['erase', 'eraseSelf']
const { repairer, ...others } = staff
const staffDeck = Object.entries<StoryMaker>(others)
/** How often someone looks after dead letters, where there can be some. */
const REPAIR_SHARE = 0.6

/** The stories of a run: that which opens the shop, customers, and staff. */
export function makeStories(random: Random, { gateway, sink, retries, rest }: Configuration): Story[] {
  const size = random.fork('size').between(SIZE.least, SIZE.most)
  const rushAt = random.fork('rush').between(RUSH.earliest, RUSH.latest)
  const stories: Story[] = []
  const draw = (deck: readonly (readonly [string, StoryMaker])[], prefix: string, requests: number) => {
    const shuffled = random.fork(`deck of ${prefix}`).shuffled(deck)
    // In a long rest points expire, and their owners lapse.
    const cards = rest === 'year' && deck === customerDeck ? [loyal, ...shuffled] : shuffled
    let left = requests
    for (const [index, [kind, make]] of cards.entries()) {
      if (left <= 0) return
      const own = random.fork(`${prefix}-${index}`)
      const made = make({ random: own, number: index, rushAt, gateway })
      const steps = rest === 'year' ? made.filter(({ action }) => !erasing.includes(action)) : made
      const startsAt = prefix === 'customer' ? own.between(0, rushAt / 2) : 0
      const story = storyOf(`${kind}-${index}`, kind, startsAt, steps)
      stories.push(story)
      left -= requestsOf(story)
    }
  }
  draw(customerDeck, 'customer', size * CUSTOMERS_SHARE)
  draw(staffDeck, 'staff', size * (1 - CUSTOMERS_SHARE))
  const repair = random.fork('repair')
  if ((sink === 'firehose' || retries === 'few') && repair.chance(REPAIR_SHARE)) {
    const steps = repairer({ random: repair, number: staffDeck.length, rushAt, gateway })
    stories.push(storyOf('repairer', 'repairer', 0, steps))
  }
  // What no story is about is not in the shop: it would only cost time.
  const needed = JSON.stringify(stories)
  const opening = openingSteps(random.fork('opening')).filter(({ input: { sku, code } }) =>
    needed.includes(String(sku ?? code)),
  )
  return [storyOf('opening', OPENING, 0, opening), ...stories]
}

function storyOf(id: string, kind: string, startsAt: number, drafts: readonly StepDraft[]): Story {
  const steps = drafts.map((draft, index) => ({ id: `${index}-${draft.action}`, ...draft }))
  return { id, kind, startsAt, steps }
}

/** Requests of a story, about: what goes wrong adds some, what is skipped takes some away. */
export function requestsOf({ steps }: Story): number {
  return steps.reduce((total, step) => total + requestsOfStep(step), 0)
}

const habitsOfTwo: readonly unknown[] = ['echo', 'reuse', 'double', 'twins', 'guarded']

function requestsOfStep({ action, input }: Step): number {
  if (action === 'waitUntil') return 0
  const times = typeof input.times === 'number' ? input.times : habitsOfTwo.includes(input.client) ? 2 : 1
  // Staff looks the order up first.
  return times + ('of' in input ? 1 : 0)
}
