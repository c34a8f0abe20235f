import type { Address } from '../core/address/address.ts'
import { postalCodeIn, regionNamed } from '../core/address/address-format.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { DAY, HOUR, type Instant, instantOf, millisecondsOf } from '../core/time.ts'
import type { deliveryTimeRules } from './events.ts'

export const shippingServices = ['standard', 'express'] as const
export type ShippingService = (typeof shippingServices)[number]

export const zones = ['domestic', 'domestic_remote', 'north_america', 'europe', 'rest_of_world'] as const
type Zone = (typeof zones)[number]

/** Working days from dispatch to the door; at least 1, and `most` not below `least`. */
export interface TransitDays {
  readonly least: number
  readonly most: number
}

/** A service's price in one zone, in minor units of the order's currency, and its transit time. */
export interface Rate {
  readonly price: number
  readonly transitDays: TransitDays
}

/** One service of one carrier; it does not serve a zone without a rate. */
export interface CarrierService {
  readonly carrier: string
  readonly service: ShippingService
  readonly weightLimitGrams: number
  readonly rates: Readonly<Partial<Record<Zone, Rate>>>
}

/** A place that parcels are dispatched from. */
interface DispatchLocation {
  readonly location: string
  /** IANA time zone of its days and its cut-off hour. */
  readonly timeZone: string
  /** A parcel that is ready before this hour of a working day is dispatched that day. */
  readonly cutOffHour: number
}

/** Every constant and table of the delivery policies. */
export const DELIVERY = {
  dispatch: { location: 'main', timeZone: 'UTC', cutOffHour: 15 },
  /** Promised windows open and close at these hours (UTC). */
  windowHours: { from: 8, to: 20 },
  /** The attempt that fails the delivery permanently. */
  maxAttempts: 3,
  /** Milliseconds after which a completed delivery counts as confirmed by the customer. */
  confirmAfterMs: 24 * HOUR,
  /** The maximum of tracking entries and of delays in the state; the oldest are dropped. */
  maxEntries: 100,
  /** ISO 3166-1 alpha-2. Countries that are not listed are not served. */
  countries: {
    domestic: codes('US'),
    domestic_remote: codes('AS GU MP PR VI'),
    north_america: codes('CA MX'),
    europe: codes(
      'AD AL AT AX BA BE BG CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD',
      'ME MK MT NL NO PL PT RO RS SE SI SK SM UA VA',
    ),
    rest_of_world: codes(
      'AE AG AM AR AU AW AZ BB BD BH BM BN BO BR BS BW BZ CI CL CM CN CO CR CV DM DO DZ EC EG ET FJ GD GE GH',
      'GL GT GY HK HN ID IL IN JM JO JP KE KG KH KR KW KY KZ LA LC LK MA MN MO MU MV MY MZ NA NC NG NI NP NZ',
      'OM PA PE PF PG PH PK PY QA RW SA SC SG SN SR SV TH TN TR TT TW TZ UG UY UZ VC VN ZA ZM',
    ),
  },
  /** Regions in a different zone from their country, and the prefixes of their postal codes. */
  regions: [
    {
      country: 'US',
      zone: 'domestic_remote',
      keys: codes('AK HI AA AE AP AS FM GU MH MP PR PW VI'),
      postalCodes: codes('006 007 008 009 09 340 962 963 964 965 966 967 968 969 995 996 997 998 999'),
    },
    // The overseas departments and territories.
    { country: 'FR', zone: 'rest_of_world', keys: [], postalCodes: codes('97 984 986 987 988') },
  ],
  /**
   * The sandbox carriers. Prices are in hundredths of a unit of the shop's base currency (1_500 is 15.00 USD, or
   * 15 JPY); `shippingQuote` converts them to the currency of an order.
   */
  services: [
    {
      carrier: 'sandbox_post',
      service: 'standard',
      weightLimitGrams: 30_000,
      rates: {
        domestic: { price: 0, transitDays: { least: 3, most: 5 } },
        domestic_remote: { price: 0, transitDays: { least: 5, most: 8 } },
        north_america: { price: 0, transitDays: { least: 4, most: 7 } },
        europe: { price: 0, transitDays: { least: 5, most: 8 } },
        rest_of_world: { price: 0, transitDays: { least: 7, most: 12 } },
      },
    },
    {
      carrier: 'sandbox_express',
      service: 'express',
      weightLimitGrams: 20_000,
      rates: {
        domestic: { price: 1_500, transitDays: { least: 1, most: 2 } },
        north_america: { price: 2_500, transitDays: { least: 2, most: 3 } },
        europe: { price: 3_500, transitDays: { least: 2, most: 4 } },
        rest_of_world: { price: 4_500, transitDays: { least: 3, most: 5 } },
      },
    },
  ],
} as const satisfies {
  dispatch: DispatchLocation
  windowHours: { from: number; to: number }
  maxAttempts: number
  confirmAfterMs: number
  maxEntries: number
  countries: Readonly<Record<Zone, readonly string[]>>
  regions: readonly {
    country: string
    zone: Zone
    keys: readonly string[]
    postalCodes: readonly string[]
  }[]
  services: readonly CarrierService[]
}

/** The part of an address that decides the zone. */
export type Destination = Pick<Address, 'country' | 'region' | 'postalCode'>

/**
 * The zone of a destination; `null` when no carrier serves its country. Either region or postal code may mark
 * it as remote: if they contradict each other, remote wins.
 */
export function zoneOf({ country, region, postalCode }: Destination): Zone | null {
  const key = region === undefined ? null : regionNamed(country, region)?.key
  const code = postalCode && postalCodeIn(country, postalCode)
  const exception = DELIVERY.regions.find(
    ({ keys, postalCodes, ...each }) =>
      each.country === country &&
      (keys.some((one) => one === key) || postalCodes.some((start) => code?.startsWith(start))),
  )
  return exception?.zone ?? zones.find((zone) => DELIVERY.countries[zone].includes(country)) ?? null
}

/** A promised window (UTC) and its decision. */
interface DeliveryTime {
  readonly promisedFrom: Instant
  readonly promisedTo: Instant
  /** As the event carries it. */
  readonly decision: PolicyDecision
}

/**
 * The promised window of a parcel ordered now: it leaves today if today is a working day at the
 * location before its cut-off hour, else on the next working day; transit counts working days,
 * Monday to Friday.
 */
export function deliveryTimePolicy(
  now: Instant,
  transitDays: TransitDays,
  from: DispatchLocation = DELIVERY.dispatch,
): DeliveryTime {
  const { day: today, hour } = localTime(now, from.timeZone)
  const rule: (typeof deliveryTimeRules)[number] = !isWorkingDay(today)
    ? 'not_a_working_day'
    : hour < from.cutOffHour
      ? 'leaves_today'
      : 'after_cut_off'
  const dispatch = rule === 'leaves_today' ? today : addWorkingDays(today, 1)
  const { windowHours } = DELIVERY
  return {
    promisedFrom: instantOf(addWorkingDays(dispatch, transitDays.least) + windowHours.from * HOUR),
    promisedTo: instantOf(addWorkingDays(dispatch, transitDays.most) + windowHours.to * HOUR),
    decision: {
      policy: 'deliveryTimePolicy',
      rules: [rule],
      inputs: {
        orderedAt: now,
        ...from,
        leavesOn: instantOf(dispatch).slice(0, 'yyyy-mm-dd'.length),
        transitDays: { ...transitDays },
      },
      outcome: 'promised',
    },
  }
}

/** The parcel to route: destination, weight, service and deadline. */
interface RoutingRequest {
  readonly destination: Destination
  readonly weightGrams: number
  readonly now: Instant
  /** Only this service; missing: any. */
  readonly service?: ShippingService | undefined
  /** The latest acceptable promise; missing: any. */
  readonly neededBy?: Instant | undefined
  /** Where it is dispatched from. */
  readonly from?: DispatchLocation | undefined
  /** Converts a listed price to minor units of the order's currency; missing: unchanged. */
  readonly priceOf?: ((hundredths: number) => number) | undefined
}

/** An eligible service of a carrier; `price` in minor units. */
export interface Route extends Pick<DeliveryTime, 'promisedFrom' | 'promisedTo'> {
  readonly carrier: string
  readonly service: ShippingService
  readonly zone: Zone
  readonly price: number
}

/** The chosen route with the decisions on carrier and window as events carry them, or why there is none. */
type RoutingDecision =
  | { readonly route: Route; readonly decisions: readonly [routing: PolicyDecision, time: PolicyDecision] }
  | {
      readonly route: null
      readonly rule: 'country_not_served' | 'service_not_offered' | 'over_weight_limit' | 'too_late'
    }

/**
 * The cheapest service that serves the zone, carries the weight, is the requested one and meets the date. Equal
 * prices go to the earlier promise, then to the first by carrier name, so that the choice never depends on
 * the order of the table.
 */
export function deliveryRoutingPolicy(
  request: RoutingRequest,
  services: readonly CarrierService[] = DELIVERY.services,
): RoutingDecision {
  const { weightGrams, service, neededBy } = request
  const zone = zoneOf(request.destination)
  if (!zone) return { route: null, rule: 'country_not_served' }

  const offered = services.filter((each) => each.rates[zone] && (!service || each.service === service))
  if (offered.length === 0) return { route: null, rule: 'service_not_offered' }

  const carried = offered.filter((each) => weightGrams <= each.weightLimitGrams)
  if (carried.length === 0) return { route: null, rule: 'over_weight_limit' }

  const fitting = carried
    .flatMap((each) => candidatesOf(each, zone, request))
    .filter(({ route }) => !neededBy || route.promisedTo <= neededBy)
    .sort((a, b) => byPreference(a.route, b.route))
  const [best, next] = fitting
  if (!best) return { route: null, rule: 'too_late' }
  const rule = service ? 'cheapest_of_service' : neededBy ? 'cheapest_by_date' : 'cheapest'
  const decision: PolicyDecision = {
    policy: 'deliveryRoutingPolicy',
    rules: [rule, ...tieRules(best.route, next?.route)],
    inputs: {
      zone,
      country: request.destination.country,
      weightGrams,
      ...(service && { service }),
      ...(neededBy && { neededBy }),
      offers: fitting.map(({ route: { carrier, service, price, promisedTo } }) => ({
        carrier,
        service,
        price,
        promisedTo,
      })),
    },
    outcome: best.route.carrier,
  }
  return { route: best.route, decisions: [decision, best.time] }
}

/** A route that a service offers, with the decision on its window. */
interface Candidate {
  readonly route: Route
  readonly time: PolicyDecision
}

function candidatesOf(
  { carrier, service, rates }: CarrierService,
  zone: Zone,
  { now, from, priceOf = (listed) => listed }: RoutingRequest,
): Candidate[] {
  const rate = rates[zone]
  if (!rate) return []
  const price = priceOf(rate.price)
  const { promisedFrom, promisedTo, decision } = deliveryTimePolicy(now, rate.transitDays, from)
  return [{ route: { carrier, service, zone, price, promisedFrom, promisedTo }, time: decision }]
}

/** The tie-breaker between two of equal price. */
function tieRules(best: Route, next: Route | undefined): string[] {
  if (next?.price !== best.price) return []
  return [next.promisedTo === best.promisedTo ? 'first_by_name' : 'earliest_promise']
}

function byPreference(a: Route, b: Route): number {
  if (a.price !== b.price) return a.price - b.price
  if (a.promisedTo !== b.promisedTo) return a.promisedTo < b.promisedTo ? -1 : 1
  return a.carrier < b.carrier ? -1 : 1
}

/** Made once: making a format costs a millisecond, and every quote needs this one. */
const dispatchFormat = localFormat(DELIVERY.dispatch.timeZone)

function localFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  })
}

/** The calendar day at a place (Unix ms of that date's start, as if it were in UTC) and the hour of the day. */
function localTime(now: Instant, timeZone: string): { day: number; hour: number } {
  const format = timeZone === DELIVERY.dispatch.timeZone ? dispatchFormat : localFormat(timeZone)
  const parts = format.formatToParts(millisecondsOf(now))
  const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return { day: Date.UTC(numberOf('year'), numberOf('month') - 1, numberOf('day')), hour: numberOf('hour') }
}

/** Whether the UTC day that starts at a Unix time in milliseconds is Monday to Friday. */
function isWorkingDay(day: number): boolean {
  const weekday = new Date(day).getUTCDay()
  return weekday >= 1 && weekday <= 5
}

/** The day (Unix time of its start) that lies `count` working days later. */
function addWorkingDays(day: number, count: number): number {
  let result = day
  for (let left = count; left > 0; ) {
    result += DAY
    if (isWorkingDay(result)) left -= 1
  }
  return result
}

function codes(...lines: readonly string[]): readonly string[] {
  return lines.join(' ').split(' ')
}
