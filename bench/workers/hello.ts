/** The least that a Worker can do: what the runtime and the network cost by themselves. */
export default {
  fetch: () => new Response('hello'),
} satisfies ExportedHandler
