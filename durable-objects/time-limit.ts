/** @throws Error when a task takes longer (ms). The task itself is not ended: nobody waits for it any more. */
export async function withTimeLimit<Result>(
  milliseconds: number,
  what: string,
  task: Promise<Result>,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([task, limit])
  } finally {
    clearTimeout(timer)
  }
}
