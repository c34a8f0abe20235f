/**
 * The result of a task, unless that takes longer (ms): then `late` makes what is thrown. The task itself is
 * not ended: nobody waits for it any more, and it may happen all the same.
 */
export async function withinTime<Result>(
  milliseconds: number,
  task: Promise<Result>,
  late: () => Error,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  try {
    return await Promise.race([task, limit])
  } finally {
    clearTimeout(timer)
  }
}
