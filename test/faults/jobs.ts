import { commandJobs } from './command-jobs.ts';
import type { Fixture } from './fixture.ts';
import { countGpuCalls } from './gpu-calls.ts';
import type { Job } from './job.ts';
import { libraryJobs } from './library-jobs.ts';
import { countDecoderCalls, countTokenizerCalls } from './model-calls.ts';

let counted = false;

/** Every job, with all calls counted. Files' are since `install.ts` was imported. */
export function allJobs(fixture: Fixture): Job[] {
  if (!counted) for (const count of [countGpuCalls, countDecoderCalls, countTokenizerCalls]) count();
  counted = true;
  return [...libraryJobs(fixture), ...commandJobs(fixture)];
}
