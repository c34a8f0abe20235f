/**
 * What of the linters' rules does not hold for this document, each with its reason. Every other rule does, as an error:
 * all of Spectral's for OpenAPI, and Redocly's `recommended-strict`.
 */
export const spectralExceptions = {
  // The document is the same at every deployment; whom to ask is the deployment's to say.
  'info-contact': 'off',
  // "All rights reserved" is no licence, so there is no text to point to.
  'license-url': 'off',
  // In the order in which a shop meets them, from the product to its review.
  'openapi-tags-alphabetical': 'off',
  // OpenAPI 3.1 allows the roles of any scheme here: these are the scopes of a bearer token. The rule knows OAuth 2 alone.
  // That each named scheme exists is checked by Redocly's `security-defined`.
  'oas3-operation-security-defined': 'off',
} as const

export const redoclyExceptions = {
  // As `license-url`.
  'info-license-strict': 'off',
} as const
