// Set up before each test file of a traced run: says whose doing it is that a mistake is passed.
import { basename } from 'node:path';
import { afterAll, expect } from 'vitest';

process.env.MUTANT_TEST = basename(expect.getState().testPath ?? ''); // processes that its tests start inherit it
afterAll(() => globalThis.noteMutants?.());
