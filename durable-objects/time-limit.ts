import { withinTime } from '../shared/core/time-limit.ts'

/** @throws Error when a task takes longer (ms), which says what did; see `withinTime` */
export function withTimeLimit<Result>(
  milliseconds: number,
  what: string,
  task: Promise<Result>,
): Promise<Result> {
  return withinTime(milliseconds, task, () => new Error(`${what} took longer than ${milliseconds} ms`))
}
