/**
 * The result of a task, or an error once it takes longer than a number of milliseconds. The task is not
 * cancelled: it may still happen.
 *
 * @param late the error, or what took too long (`opening the sink`)
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
