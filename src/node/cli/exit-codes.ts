/** Exit codes of the process. 130 is the shell's 128 + SIGINT. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;
