/** The limits of a review. */
export const REVIEW = {
  /** Stars. */
  lowestRating: 1,
  highestRating: 5,
  /** Characters (UTF-16 units). */
  maxTextLength: 5_000,
} as const
