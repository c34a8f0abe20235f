import { currentContext } from '../kernel/context.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import { startTimer, stopTimer, type Timer } from '../platform/isolate.ts'
import { SimulatedBlob, SimulatedCompressionStream, SimulatedDecompressionStream } from './streams.ts'
import { subtleCrypto } from './subtle-crypto.ts'

/** What the product's code finds around it in the run that is under way. */
export interface Surroundings {
  readonly scheduler: Scheduler
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  log(level: 'log' | 'warn' | 'error', text: string): void
}

let present: Surroundings | null = null

/** Sets what code finds around it; one run is under way at a time. */
export function surround(surroundings: Surroundings | null): void {
  present = surroundings
}

function now(): Surroundings {
  if (!present) throw new Error('no run is under way')
  return present
}

class SimulatedDate extends Date {
  constructor(...parts: [] | [number | string | Date] | [number, number, ...number[]]) {
    // Without arguments it is the present of the run.
    if (parts.length === 0) super(SimulatedDate.now())
    else super(...(parts as [number]))
  }

  /** Dates that come from the platform are dates for the product's code too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Date
  }

  static override now(): number {
    return Math.floor(now().scheduler.now)
  }
}

const simulatedMath = Object.create(Math, {
  random: { value: () => currentContext().random.fraction() },
})

const simulatedCrypto = {
  subtle: subtleCrypto((start) => now().scheduler.external(start)),
  getRandomValues: <View extends ArrayBufferView>(view: View): View => {
    const { random } = currentContext()
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(random.bytes(view.byteLength))
    return view
  },
  randomUUID: () => {
    const bytes = currentContext().random.bytes(16)
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    const variant = '89ab'[Number(bytes[8]) & 3]
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  },
}

function setTimer(callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): Timer {
  return startTimer(now().scheduler, currentContext(), delayMs, () => callback(...args))
}

function clearTimer(timer: Timer | undefined | null): void {
  if (timer) stopTimer(timer)
}

/** `AbortSignal`, whose time-outs run on the simulated clock. */
const simulatedAbortSignal = new Proxy(AbortSignal, {
  get: (target, name) =>
    name === 'timeout'
      ? (delayMs: number) => {
          const controller = new AbortController()
          setTimer(
            () =>
              controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
            delayMs,
          )
          return controller.signal
        }
      : Reflect.get(target, name),
})

const log = (level: 'log' | 'warn' | 'error') => (first: unknown) => now().log(level, String(first))
const simulatedConsole = {
  log: log('log'),
  info: log('log'),
  debug: log('log'),
  warn: log('warn'),
  error: log('error'),
}

const replaced = {
  Date: SimulatedDate,
  Math: simulatedMath,
  crypto: simulatedCrypto,
  setTimeout: setTimer,
  clearTimeout: clearTimer,
  AbortSignal: simulatedAbortSignal,
  Blob: SimulatedBlob,
  CompressionStream: SimulatedCompressionStream,
  DecompressionStream: SimulatedDecompressionStream,
  console: simulatedConsole,
  performance: { now: () => now().scheduler.now },
  fetch: (input: string | URL | Request, init?: RequestInit) => now().fetch(input, init),
}

/**
 * The globals that the product's code sees in place of Node's: time, randomness, timers, the network and the log are
 * those of the run.
 */
export const globals = {
  ...replaced,
  globalThis: Object.create(globalThis, Object.getOwnPropertyDescriptors(replaced)),
}
