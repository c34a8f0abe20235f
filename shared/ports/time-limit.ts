/**
 * The result of a task, or an error when it takes longer than the limit (ms). The task is not cancelled and may
 * still complete.
 *
 * @param late makes the error, or names the task in it (`opening the sink`)
 */
export async function withTimeLimit<Result>(
  task: Promise<Result>,
  milliseconds: number,
  late: string | (() => Error),
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(typeof late === 'string' ? new Error(`${late} took longer than ${milliseconds} ms`) : late()),
      milliseconds,
    )
  })
  try {
    return await Promise.race([task, limit])
  } finally {
    clearTimeout(timer)
  }
}
