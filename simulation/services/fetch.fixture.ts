import type { HttpService, ServiceRequest } from './service.ts'

/** A `fetch` that reaches one service, and what it was sent. */
export function fetchOf(service: HttpService, now: () => number) {
  const sent: ServiceRequest[] = []
  const answers: Response[] = []
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const request: ServiceRequest = {
      method: init.method ?? 'GET',
      url,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : '',
    }
    sent.push(request)
    const { status, headers = {}, body } = service.answer(request, now())
    const response = new Response(body, { status, headers })
    answers.push(response)
    return response
  }
  return { fetch, sent, answers }
}
