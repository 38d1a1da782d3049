// The switch of the planted mistakes, in place before any of them is passed; which were, is noted when the process ends.
import { appendFileSync } from 'node:fs';

const { MUTANT, MUTANT_TRACE } = process.env;
const passed = new Set();
globalThis.mutantAwake = (id) => {
  passed.add(id);
  return MUTANT === String(id);
};
const note = () => {
  if (passed.size > 0) appendFileSync(MUTANT_TRACE, `${process.env.MUTANT_TEST} ${[...passed].join()}\n`);
};
if (MUTANT_TRACE) {
  globalThis.noteMutants = note;
  process.on('exit', note);
}
