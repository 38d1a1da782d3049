/** What is kept cannot be used; says what is gone and why. */
export class KeptDamagedError extends Error {}

/** Nothing can be kept here, or not so much; says what to do. */
export class CannotKeepError extends Error {}

/** Whether the browser has no more room. */
export function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}
