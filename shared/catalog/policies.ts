/** The constants of the catalog. */
export const productRules = {
  /** 10,000,000.00, in hundredths of a unit of the base currency. */
  maxPrice: 1_000_000_000,
} as const
