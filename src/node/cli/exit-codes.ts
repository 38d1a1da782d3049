/** Exit codes of the process. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Signals that end a command, with the shell's code for each: 128 and the signal's number. SIGPIPE stands for a reader of
 * standard output that closed it, such as `head`; Node ignores the signal itself, and writing fails with EPIPE.
 */
export const SIGNAL_EXIT = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

export type EndSignal = keyof typeof SIGNAL_EXIT;
